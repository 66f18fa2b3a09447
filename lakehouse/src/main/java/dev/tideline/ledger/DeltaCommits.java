package dev.tideline.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tideline.storage.LogFiles;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The commits of one Delta table, read from its log as files. What a ledger appends stands in its commit's metadata, so its
 * newest records need no session and no Parquet.
 *
 * <p>The next commit is asked for by its name. The log is listed at the beginning, and again when this reader has slept so long
 * that the next commit may have been cleaned away.
 */
final class DeltaCommits {
    /** Far less than any log keeps its commits. */
    private static final Duration FRESH = Duration.ofHours(1);

    private static final int THREADS = 16;
    private static final String JSON = ".json";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path log;
    private final Configuration conf;
    private final Clock clock;
    private long known = -1;
    private Instant knownAt = Instant.MIN;

    /**
     * One commit.
     *
     * @param number of the transaction that it carries
     * @param record the JSON in its metadata
     * @param files that it added, by name
     */
    record Commit(long version, OptionalLong number, Optional<String> record, Set<String> files) {}

    DeltaCommits(String table, Configuration conf, Clock clock) {
        this.log = new Path(table, "_delta_log");
        this.conf = conf;
        this.clock = clock;
    }

    /** The newest version, asked anew; -1 when there is no table. */
    synchronized long newest() {
        try {
            FileSystem fs = fs();
            Instant now = clock.instant();
            boolean fresh = known >= 0
                    && !now.isBefore(knownAt)
                    && Duration.between(knownAt, now).compareTo(FRESH) < 0;
            known = fresh ? last(fs, known) : found(fs);
            knownAt = now;
            return known;
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + log, e);
        }
    }

    /** Tells of a version that is known to exist. */
    synchronized void reach(long version) {
        if (version > known) {
            known = version;
            knownAt = clock.instant();
        }
    }

    /** The last of the commits that follow {@code version} without a gap. */
    private long last(FileSystem fs, long version) throws IOException {
        long step = 1;
        while (exists(fs, version + step)) {
            step *= 2;
        }
        long there = version + step / 2;
        long missing = version + step;
        while (missing - there > 1) {
            long middle = there + (missing - there) / 2;
            if (exists(fs, middle)) {
                there = middle;
            } else {
                missing = middle;
            }
        }
        return there;
    }

    private long found(FileSystem fs) throws IOException {
        long start = Math.max(known, checkpoint(fs));
        if (!LogFiles.isObjectStore(fs) && (start >= 0 || exists(fs, 0))) {
            return last(fs, Math.max(0, start)); // a folder of many files takes long to list, and no time to ask
        }
        try {
            return LogFiles.from(fs, commit(Math.max(0, start))).stream()
                    .map(FileStatus::getPath)
                    .flatMapToLong(DeltaCommits::version)
                    .max()
                    .orElse(start);
        } catch (FileNotFoundException noTable) {
            return start;
        }
    }

    /** The version of the last checkpoint, from the hint that Delta leaves; -1 for none. */
    private long checkpoint(FileSystem fs) throws IOException {
        try (InputStream in = fs.open(new Path(log, "_last_checkpoint"))) {
            return MAPPER.readTree(in).path("version").asLong(-1);
        } catch (FileNotFoundException none) {
            return -1;
        }
    }

    private static LongStream version(Path file) {
        String name = file.getName();
        return name.matches("\\d{20}\\.json")
                ? LongStream.of(Long.parseLong(name.substring(0, name.length() - JSON.length())))
                : LongStream.empty();
    }

    private boolean exists(FileSystem fs, long version) throws IOException {
        if (!LogFiles.isObjectStore(fs)) {
            return fs.exists(commit(version));
        }
        try (InputStream asked = fs.open(commit(version))) { // one request; exists would look for a directory too
            return true;
        } catch (FileNotFoundException none) {
            return false;
        }
    }

    private Path commit(long version) {
        return new Path(log, "%020d".formatted(version) + JSON);
    }

    private FileSystem fs() throws IOException {
        return log.getFileSystem(conf);
    }

    /**
     * The commits {@code first} to {@code last} (inclusive), newest first, as far back as they are in the log without a gap, at
     * most {@code most}.
     */
    List<Commit> backwards(long first, long last, int most) {
        try {
            FileSystem fs = fs();
            List<Commit> commits = new ArrayList<>();
            long end = Math.max(first, last - most + 1);
            int chunk = LogFiles.isObjectStore(fs) ? THREADS : 1;
            for (long to = last; to >= end; to -= chunk) {
                long from = Math.max(end, to - chunk + 1);
                for (Optional<Commit> commit : chunk == 1 ? List.of(read(fs, to)) : atOnce(fs, from, to)) {
                    if (commit.isEmpty()) {
                        return commits;
                    }
                    commits.add(commit.get());
                }
            }
            return commits;
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + log, e);
        }
    }

    private List<Optional<Commit>> atOnce(FileSystem fs, long from, long to) throws IOException {
        if (from == to) {
            return List.of(read(fs, to));
        }
        ExecutorService threads = Executors.newFixedThreadPool((int) (to - from + 1));
        try {
            List<Future<Optional<Commit>>> reading = LongStream.rangeClosed(from, to)
                    .mapToObj(version -> threads.submit(() -> read(fs, from + to - version)))
                    .toList();
            List<Optional<Commit>> commits = new ArrayList<>();
            for (Future<Optional<Commit>> commit : reading) {
                commits.add(commit.get());
            }
            return commits;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reading " + log, e);
        } catch (ExecutionException e) {
            throw new IOException("reading " + log, e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private Optional<Commit> read(FileSystem fs, long version) throws IOException {
        boolean whole = false;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(fs.open(commit(version)), StandardCharsets.UTF_8))) {
            OptionalLong number = OptionalLong.empty();
            Optional<String> record = Optional.empty();
            Set<String> files = new HashSet<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                whole = line.endsWith("}");
                if (line.startsWith("{\"commitInfo\"")) {
                    JsonNode tag = action(line, "commitInfo").path("userMetadata");
                    record = tag.isTextual() ? Optional.of(tag.asText()) : Optional.empty();
                } else if (line.startsWith("{\"txn\"")) {
                    number = OptionalLong.of(action(line, "txn").path("version").asLong());
                } else if (line.startsWith("{\"add\"")) {
                    files.add(new Path(action(line, "add").path("path").asText()).getName());
                }
            }
            if (!whole) {
                throw new IOException(commit(version) + " ends too early: its bytes were lost on the way");
            }
            return Optional.of(new Commit(version, number, record, files));
        } catch (FileNotFoundException e) {
            if (!LogFiles.isObjectStore(fs) && fs.exists(commit(version))) {
                throw new IOException(
                        "reading " + commit(version), e); // Java says so where there are too many open files
            }
            return Optional.empty(); // cleaned away
        }
    }

    private static JsonNode action(String line, String name) throws IOException {
        return MAPPER.readTree(line).path(name);
    }
}
