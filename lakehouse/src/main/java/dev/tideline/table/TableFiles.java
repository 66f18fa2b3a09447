package dev.tideline.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.Action$;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.actions.Metadata;
import org.apache.spark.sql.delta.actions.Protocol;
import org.apache.spark.sql.delta.actions.RemoveFile;
import org.apache.spark.sql.delta.util.FileNames$;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The files of one table at its newest versions, brought forward commit by commit: to ask Delta for them is a Spark job, for each
 * table of each query. What a commit's actions do to them: "Action Reconciliation" in Delta's PROTOCOL.md.
 */
final class TableFiles {
    /** Of about 500 bytes each; above this a Spark job chooses faster. */
    private static final int MOST_FILES = 10_000;
    /** More commits than that are read at once, from the snapshot. */
    private static final int MOST_COMMITS = 20;
    /** So old a version may still be asked for by a query that has pinned it. */
    private static final int VERSIONS = 100;

    private static final int TABLES = 500;
    private static final ObjectMapper STATISTICS = new ObjectMapper();
    /** In place of {@link #first} where there are too many files. */
    private static final long NONE = Long.MAX_VALUE;

    private static final Map<String, TableFiles> KNOWN = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, TableFiles> eldest) {
            return size() > TABLES;
        }
    };

    /** What is in the table at {@link #last}, by path. */
    private final Map<String, Life> present = new LinkedHashMap<>();
    /** What is not, but was at one of the versions from {@link #first} on. */
    private final List<Life> past = new ArrayList<>();
    /** All versions from this one to {@link #last} are known, and have the same schema. */
    private long first = 0;

    private long last = -1;

    /** A file from the version that added it to the one that removed it. */
    private record Life(AddFile file, long leastSeq, long added, long removed) {
        boolean isAt(long version) {
            return added <= version && version < removed;
        }
    }

    private TableFiles() {}

    /** What distinguishes a table from others, and from one that was at its path before. */
    static String table(Snapshot snapshot) {
        return snapshot.metadata().id() + " " + snapshot.dataPath();
    }

    /**
     * The files of a table at {@code version}; empty where there are too many, or the version is too old or has another schema.
     *
     * @param newest snapshot of the table, at {@code version} or later
     */
    static Optional<List<AddFile>> at(DeltaLog log, Snapshot newest, long version) {
        return of(newest)
                .advance(log, newest)
                .at(version)
                .map(lives -> lives.stream().map(Life::file).toList());
    }

    /** A {@code seq} below which {@code version} has no row; 0 where a file does not say, or they are not in memory. */
    static long leastSeq(DeltaLog log, Snapshot newest, long version) {
        return of(newest)
                .advance(log, newest)
                .at(version)
                .map(lives -> lives.stream().mapToLong(Life::leastSeq).min().orElse(Long.MAX_VALUE))
                .orElse(0L);
    }

    private static TableFiles of(Snapshot newest) {
        String table = table(newest);
        synchronized (KNOWN) {
            return KNOWN.computeIfAbsent(table, t -> new TableFiles());
        }
    }

    /** Whether they were too many when they were last looked for. */
    static boolean areTooMany(Snapshot snapshot) {
        String table = table(snapshot);
        TableFiles files;
        synchronized (KNOWN) {
            files = KNOWN.get(table);
        }
        return files != null && files.areTooMany();
    }

    /** For tests: as in a process that has just started. */
    static void forget() {
        synchronized (KNOWN) {
            KNOWN.clear();
        }
    }

    private synchronized boolean areTooMany() {
        return first == NONE;
    }

    private synchronized Optional<List<Life>> at(long version) {
        if (version < first || version > last) {
            return Optional.empty();
        }
        return Optional.of(Stream.concat(present.values().stream(), past.stream())
                .filter(life -> life.isAt(version))
                .toList());
    }

    /** Whatever fails in between leaves what was known before. */
    private synchronized TableFiles advance(DeltaLog log, Snapshot newest) {
        if (last < newest.version()) {
            boolean few = first != NONE && newest.version() - last <= MOST_COMMITS;
            if (!few || !readCommits(log, newest.version())) {
                reload(newest);
            }
            if (present.size() > MOST_FILES) {
                know(List.of(), NONE, last);
            }
            first = Math.max(first, last - VERSIONS);
            past.removeIf(life -> life.removed() <= first);
        }
        return this;
    }

    private void reload(Snapshot newest) {
        if (newest.numOfFiles() > MOST_FILES) {
            know(List.of(), NONE, newest.version());
        } else {
            know(newest.allFiles().collectAsList(), newest.version(), newest.version());
        }
    }

    private void know(List<AddFile> files, long from, long version) {
        present.clear();
        past.clear();
        first = from;
        last = version;
        files.forEach(file -> add(file, version));
    }

    /** False where a commit is no longer there, or removes a file that is not known. */
    private boolean readCommits(DeltaLog log, long version) {
        Configuration conf = log.newDeltaHadoopConf();
        while (last < version) {
            Path commit = FileNames$.MODULE$.unsafeDeltaFile(log.logPath(), last + 1);
            List<Action> actions;
            try {
                actions = CollectionConverters.asJava(log.store().read(commit, conf)).stream()
                        .map(Action$.MODULE$::fromJson)
                        .toList();
            } catch (Exception e) {
                if (e instanceof FileNotFoundException) {
                    return false;
                }
                throw e;
            }
            // A commit has actions: its bytes were lost on the way, and Delta may have better luck.
            if (actions.isEmpty() || !apply(actions, last + 1)) {
                return false;
            }
            last++;
        }
        return true;
    }

    /** Removals first: a file whose deletion vector changes is removed and added by the same commit. */
    private boolean apply(List<Action> actions, long version) {
        for (Action action : actions) {
            if (action instanceof RemoveFile file && !remove(file.path(), version)) {
                return false;
            }
            if (action instanceof Metadata || action instanceof Protocol) {
                first = version;
            }
        }
        actions.forEach(action -> {
            if (action instanceof AddFile file) {
                add(file, version);
            }
        });
        return true;
    }

    private void add(AddFile file, long version) {
        remove(file.path(), version);
        present.put(spelled(file.path()), new Life(withoutStatistics(file), leastSeq(file), version, Long.MAX_VALUE));
    }

    private boolean remove(String path, long version) {
        Life life = present.remove(spelled(path));
        return life != null && past.add(new Life(life.file(), life.leastSeq(), life.added(), version));
    }

    /** Snapshots spell a path as Hadoop does, commits as their writer did. */
    private static String spelled(String path) {
        return new Path(URI.create(path)).toUri().toString();
    }

    private static long leastSeq(AddFile file) {
        try {
            return file.stats() == null
                    ? 0
                    : STATISTICS
                            .readTree(file.stats())
                            .path("minValues")
                            .path("seq")
                            .asLong(0);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("statistics of " + file.path(), e);
        }
    }

    /** They are most of what a file takes here, and nothing here reads them but for the least seq. */
    private static AddFile withoutStatistics(AddFile file) {
        return file.copy(
                file.path(),
                file.partitionValues(),
                file.size(),
                file.modificationTime(),
                file.dataChange(),
                null,
                file.tags(),
                file.deletionVector(),
                file.baseRowId(),
                file.defaultRowCommitVersion(),
                file.clusteringProvider(),
                file.backReference(),
                file.amtPassthrough());
    }
}
