package dev.tideline.system;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.config.Sessions;
import dev.tideline.app.config.Settings;
import dev.tideline.app.output.ExitCode;
import dev.tideline.batch.Maintain;
import dev.tideline.batch.Recompute;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Causes;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import dev.tideline.streaming.StreamOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.hadoop.fs.FSError;

/**
 * Everything that writes to a lake of clicks, in one process: both streams, recomputes and folds of one day, each begun again
 * whenever it ends, as by a supervisor. Two such processes are rivals in all of it.
 */
final class RivalDriver {
    private RivalDriver() {}

    /** Arguments: the configuration file and the day. Ends when it is killed. */
    public static void main(String[] args) throws InterruptedException {
        Config config = Config.of(Settings.of(Optional.of(Path.of(args[0])), Map.of(), List.of()));
        LocalDate day = LocalDate.parse(args[1]);
        Feed clicks = Feeds.of(Optional.empty()).named("clicks");
        Session session = Sessions.own().open(config);
        Lake lake = session.lake();
        StreamOptions options = StreamOptions.of(config.requireKafka(), Duration.ofMillis(300));
        for (Stream stream : Stream.values()) {
            begin(lake, stream.text(), () -> {
                try (RunningStream running = FeedStream.start(lake, clicks, stream, options)) {
                    running.await();
                }
            });
        }
        begin(lake, "recompute", () -> Recompute.run(lake, clicks, day, Instant.now()));
        begin(lake, "fold", () -> new Maintain(lake, clicks).fold(day, Instant.now(), 2));
        System.out.println("works");
        Thread.currentThread().join();
    }

    private static void begin(Lake lake, String what, Runnable work) {
        Thread thread = new Thread(
                () -> {
                    lake.spark().sparkContext().setLocalProperty(ExecutorFaults.WORK, what);
                    while (true) {
                        try {
                            work.run();
                            System.out.println(what + ": done");
                        } catch (Exception | FSError e) { // Scala throws checked ones undeclared
                            System.out.println(what + ": " + Causes.line(e));
                        }
                        try {
                            Thread.sleep(ThreadLocalRandom.current().nextLong(500));
                        } catch (InterruptedException e) {
                            return;
                        }
                    }
                },
                what);
        thread.setUncaughtExceptionHandler((ended, e) -> { // an Error, with which the command ends
            System.out.println(what + " ends: " + e);
            System.exit(ExitCode.FAILED);
        });
        thread.start();
    }
}
