package dev.tideline.quickstart;

import dev.tideline.app.config.Settings;
import dev.tideline.lake.LakeSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What the commands that bring their own Kafka and S3 have in common. */
final class LocalOptions {
    @Option(
            names = "--feeds",
            paramLabel = "FOLDER",
            description = "Feed files (default: the shipped clicks and metrics).")
    private Path feeds;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One key of the configuration, such as trigger.speed=1s. Repeatable.")
    private List<String> sets = new ArrayList<>();

    @Option(names = "--verbose", description = "Show the stack trace of a failure.")
    private boolean verbose;

    @Option(
            names = "--kafka-port",
            paramLabel = "PORT",
            description = "Kafka's port (default: any, kept over restarts).")
    private int kafkaPort;

    private String speedTrigger = "10s";
    private String archiveTrigger = "60s";

    @Option(names = "--s3-port", paramLabel = "PORT", description = "S3's port (default: any, kept over restarts).")
    private int s3Port;

    /** What a stack in a folder of this machine adds to or changes of the defaults; the user's words stand above. */
    Settings settings() {
        Settings settings = Settings.of(List.of())
                .with("trigger.speed", speedTrigger, "dev")
                .with("trigger.archive", archiveTrigger, "dev")
                .with("spark.master", "local[2]", "dev")
                .with("spark.scheduler.mode", "FAIR", "dev");
        LakeSession.small().forEach((key, value) -> settings.with(key, value, "dev"));
        if (feeds != null) {
            settings.with("feeds", feeds.toString(), "--feeds");
        }
        Settings.of(sets).all().forEach(s -> settings.with(s.key(), s.value(), s.source()));
        settings.refuse(Settings.of(sets).problems());
        return settings;
    }

    /** The triggers of a run that somebody waits for, where the user names none. */
    void hurry() {
        speedTrigger = "2s";
        archiveTrigger = "4s";
    }

    LocalStack start(Path dir) {
        return LocalStack.start(dir, kafkaPort, s3Port);
    }

    boolean verbose() {
        return verbose;
    }
}
