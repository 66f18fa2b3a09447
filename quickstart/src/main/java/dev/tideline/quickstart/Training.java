package dev.tideline.quickstart;

import dev.tideline.app.Tideline;
import dev.tideline.app.config.Sessions;
import dev.tideline.protocol.Causes;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Does once what commands do, on a lake that is deleted at the end: the classes that it loads go into the class-data archive
 * with which {@code bin/tideline} starts Java.
 */
public final class Training {
    private static final Duration MOST = Duration.ofMinutes(20);
    /** Since yesterday; a thousand in all. */
    private static final double CLICKS_PER_SECOND = 0.01;

    private static final String TOP_ADS =
            "SELECT ad_id, sum(clicks) AS clicks FROM clicks_by_ad_1m GROUP BY ad_id ORDER BY clicks DESC LIMIT 3";

    private Training() {}

    /** Runs it; takes no arguments. */
    public static void main(String[] args) throws Exception {
        Thread limit = new Thread(Training::endLater, "tideline-limit");
        limit.setDaemon(true);
        limit.start();
        Path dir = Files.createTempDirectory("tideline-training");
        int code = 1;
        try {
            run(dir);
            code = 0;
        } catch (Exception e) {
            System.err.println(Causes.line(e));
        }
        delete(dir);
        // Kafka and Spark leave threads behind.
        System.exit(code);
    }

    private static void run(Path dir) throws Exception {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        Tideline tideline = new Tideline(Sessions.own(), Map.of(), nowhere, nowhere, Main.commands());
        LocalOptions local = new LocalOptions();
        try (Dev dev = Dev.start(tideline, local, dir)) {
            dev.sendClicks(CLICKS_PER_SECOND);
            dev.startSpark(Map.of());
            dev.startStreams();
            // The commands below end the session that they find.
            dev.streams().close();
            String config = dev.file().toString();
            for (List<String> command :
                    List.of(List.of("status", "--config", config), List.of("query", "--config", config, TOP_ADS))) {
                int code = tideline.run(command.toArray(String[]::new));
                if (code != 0) {
                    throw new IllegalStateException(command + " ended with " + code);
                }
            }
        }
    }

    /** Nobody waits for this process, so it ends itself. */
    private static void endLater() {
        try {
            Thread.sleep(MOST.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(1);
    }

    private static void delete(Path dir) throws IOException {
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
