package dev.tideline.ledger;

import dev.tideline.protocol.CannotException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.apache.hadoop.conf.Configuration;

/**
 * All ledgers of the lake under one root, a folder or {@code s3a://bucket/prefix}. To read them needs Hadoop's configuration and
 * no session; whoever appends brings an {@link Appender}.
 */
public final class LakeLedgers {
    private static final String HADOOP = "spark.hadoop.";
    private static final String ALERT_COLUMNS = "number BIGINT, at TIMESTAMP, transitions INT, firing INT";

    private final String root;
    private final Configuration conf;
    private final BiFunction<String, String, Appender> appenders;
    private final Map<String, ProgressLedger> progress = new ConcurrentHashMap<>();
    private final DayLedger days;
    private final FeedLedger feeds;

    private LakeLedgers(String root, Configuration conf, BiFunction<String, String, Appender> appenders) {
        this.root = root.endsWith("/") ? root.substring(0, root.length() - 1) : root;
        this.conf = conf;
        this.appenders = appenders;
        this.days = new DayLedger(path("days"), conf, appender("days", DayLedger.COLUMNS));
        this.feeds = new FeedLedger(path("feeds"), conf, appender("feeds", FeedLedger.COLUMNS));
    }

    /** For reading only. */
    public static LakeLedgers at(String root, Configuration conf) {
        return at(root, conf, (path, columns) -> (record, app, number, isNext, values) -> {
            throw new CannotException("Cannot append to " + path + ": the lake was opened for reading");
        });
    }

    /** For reading, with the {@code spark.hadoop.*} settings among these. */
    public static LakeLedgers at(String root, Map<String, String> settings) {
        return at(root, configuration(settings));
    }

    /**
     * For appending too.
     *
     * @param appenders from the path of a ledger's table and its columns, as DDL without {@code record}
     */
    public static LakeLedgers at(String root, Configuration conf, BiFunction<String, String, Appender> appenders) {
        return new LakeLedgers(root, conf, appenders);
    }

    /** Hadoop's configuration as Spark would make it of its settings. */
    public static Configuration configuration(Map<String, String> settings) {
        Configuration conf = new Configuration();
        settings.forEach((key, value) -> {
            if (key.startsWith(HADOOP)) {
                conf.set(key.substring(HADOOP.length()), value);
            }
        });
        return conf;
    }

    public String root() {
        return root;
    }

    /** The records of one stream. */
    public ProgressLedger progress(String feed, Stream stream) {
        return progress.computeIfAbsent(progressName(feed, stream), name -> {
            Appender appender = appender(name, ProgressLedger.COLUMNS);
            return new ProgressLedger(path(name), conf, appender);
        });
    }

    /** Where {@link #progress} is, below the root. */
    public static String progressName(String feed, Stream stream) {
        return "progress/" + feed + "-" + stream.text();
    }

    /** The entries about all days of all feeds. */
    public DayLedger days() {
        return days;
    }

    /** The feeds that streams of this lake have declared. */
    public FeedLedger feeds() {
        return feeds;
    }

    /** What the evaluator of alert rules records: its state and all that it decided. */
    public <T> Ledger<T> alerts(Class<T> record) {
        return new Ledger<>(path("alerts"), conf, record, appender("alerts", ALERT_COLUMNS));
    }

    private Appender appender(String name, String columns) {
        return appenders.apply(path(name), columns);
    }

    private String path(String name) {
        return root + "/" + name;
    }
}
