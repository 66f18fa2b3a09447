package dev.tideline.table;

import java.io.FileNotFoundException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    /** Of more it is worth a job to choose. */
    private static final int MOST_FILES = 5_000;
    /** More commits than that are read at once, from the snapshot. */
    private static final int MOST_COMMITS = 20;
    /** So old a version may still be asked for by a query that has pinned it. */
    private static final int VERSIONS = 100;

    private static final int TABLES = 500;

    private static final Map<Object, TableFiles> KNOWN = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, TableFiles> eldest) {
            return size() > TABLES;
        }
    };

    /** What is in the table at {@link #last}, by path. */
    private final Map<String, Life> present = new LinkedHashMap<>();
    /** What is not, but was at one of the versions from {@link #first} on. */
    private final List<Life> past = new ArrayList<>();
    /** All versions from this one to {@link #last} are known, and have the same schema; none when it is later. */
    private long first = 0;

    private long last = -1;

    /** A file from the version that added it to the one that removed it. */
    private record Life(AddFile file, long added, long removed) {
        boolean isAt(long version) {
            return added <= version && version < removed;
        }
    }

    private TableFiles() {}

    /**
     * The files of a table at {@code version}; empty where there are too many, or where the schema has changed since.
     *
     * @param newest snapshot of the table, at {@code version} or later
     */
    static Optional<List<AddFile>> at(DeltaLog log, Snapshot newest, long version) {
        TableFiles files;
        synchronized (KNOWN) {
            files = KNOWN.computeIfAbsent(log.compositeId(), id -> new TableFiles());
        }
        return files.bringTo(log, newest).at(version);
    }

    private synchronized Optional<List<AddFile>> at(long version) {
        if (version < first || version > last || present.size() > MOST_FILES) {
            return Optional.empty();
        }
        List<AddFile> files = new ArrayList<>();
        present.values().stream().filter(life -> life.isAt(version)).forEach(life -> files.add(life.file()));
        past.stream().filter(life -> life.isAt(version)).forEach(life -> files.add(life.file()));
        return Optional.of(files);
    }

    private synchronized TableFiles bringTo(DeltaLog log, Snapshot newest) {
        if (last < newest.version()) {
            if (first > last + 1 || newest.version() - last > MOST_COMMITS || !read(log, newest.version())) {
                take(newest);
            }
            first = Math.max(first, last - VERSIONS);
            past.removeIf(life -> life.removed() <= first);
        }
        return this;
    }

    private void take(Snapshot newest) {
        present.clear();
        past.clear();
        last = newest.version();
        if (newest.numOfFiles() > MOST_FILES) {
            first = Long.MAX_VALUE;
        } else {
            first = last;
            newest.allFiles().collectAsList().forEach(file -> add(file, last));
        }
    }

    /** Whether the commits up to {@code version} told all. */
    private boolean read(DeltaLog log, long version) {
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
                    return false; // cleaned away
                }
                throw e;
            }
            if (!apply(actions, last + 1)) {
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
                return false; // spelled in another way
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
        present.put(file.path(), new Life(file, version, Long.MAX_VALUE));
    }

    private boolean remove(String path, long version) {
        Life life = present.remove(path);
        return life != null && past.add(new Life(life.file(), life.added(), version));
    }
}
