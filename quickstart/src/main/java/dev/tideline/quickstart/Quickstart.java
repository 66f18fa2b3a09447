package dev.tideline.quickstart;

import dev.tideline.app.output.Console;
import dev.tideline.app.output.ExitCode;
import dev.tideline.app.process.Shutdown;
import dev.tideline.batch.Recompute;
import dev.tideline.collect.HostCollector;
import dev.tideline.embedded.ClickSender;
import dev.tideline.embedded.ClickTruth;
import dev.tideline.embedded.Pace;
import dev.tideline.embedded.TruthFile;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.operations.DirtyDays;
import dev.tideline.serving.Views;
import dev.tideline.spark.Parallel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** The whole of Tideline on one machine in a few minutes, and whether its answers are the truth. */
final class Quickstart {
    private static final long SEED = 20261121;
    private static final Duration PICTURE = Duration.ofSeconds(10);

    private final Console console;
    private final PrintWriter out;
    private final Dev dev;
    private final Path truthFile;
    private final Feed clicks;
    private final LiveClicks plan = LiveClicks.ofAQuickstart(SEED, Instant.now());
    private final ClickTruth truth = new ClickTruth(SEED);
    private int step;

    private Quickstart(Console console, Dev dev, Path dir) {
        this.console = console;
        this.out = console.out();
        this.dev = dev;
        this.truthFile = dir.resolve("truth.csv");
        this.clicks = dev.feeds().named("clicks");
    }

    static int run(Console console, LocalOptions local, Optional<Path> wanted, int seconds, boolean keep)
            throws Exception {
        Path dir = wanted.orElseGet(() -> Path.of(
                        ".tideline", "quickstart-" + ProcessHandle.current().pid()))
                .toAbsolutePath()
                .normalize();
        boolean temporary = wanted.isEmpty() && !keep;
        if (temporary) {
            Shutdown.last(() -> delete(dir));
        }
        try (Dev dev = Dev.start(console, local, dir)) {
            Quickstart quickstart = new Quickstart(console, dev, dir);
            int code = quickstart.run(seconds);
            if (keep) {
                quickstart.stay();
            }
            return code;
        } finally {
            if (temporary) {
                delete(dir);
            }
        }
    }

    private int run(int seconds) throws Exception {
        begin("Starting the streams");
        dev.startSpark(Map.of());
        dev.startStreams();
        try (ClickSender sender = ClickSender.to(dev.stack().kafka().bootstrapServers(), clicks.topic())) {
            begin("Streaming this machine's metrics and generated clicks for " + seconds + " s");
            Optional<HostCollector> collector = dev.startCollector();
            stream(sender, seconds);
            collector.ifPresent(HostCollector::close);
            begin("Settling yesterday, " + plan.yesterday() + ": the nightly recompute");
            recompute(List.of(plan.yesterday()));
            begin("More late clicks of yesterday arrive");
            arriveLate(sender);
            begin("The next recompute, of every day that has late clicks or was never settled");
            recompute(
                    DirtyDays.find(lake(), clicks, LocalDate.now(ZoneOffset.UTC).plusDays(1)));
            out.println("  yesterday now      " + yesterdaysClicks());
            begin("The verdict");
            int code = verdict();
            begin("An alert: one ad is clicked until it fires, then no more until it is resolved");
            boolean alerted = QuickAlert.run(console, dev, sender, truthFile.resolveSibling("alerts"));
            return alerted ? code : ExitCode.FAILED;
        }
    }

    private void begin(String name) {
        out.println();
        out.println(++step + ". " + name);
        out.flush();
    }

    private void stream(ClickSender sender, int seconds) throws Exception {
        sender.send(plan.past().iterator(), plan.past().size(), Pace.flatOut(), truth::add);
        out.printf(
                "  %,d clicks since yesterday noon were waiting%n", plan.past().size());
        Instant end = Instant.now().plusSeconds(seconds);
        Iterator<dev.tideline.embedded.Sent> live = plan.liveUntil(end);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        Future<Long> sending = thread.submit(() -> sender.send(live, Long.MAX_VALUE, Pace.realTime(), truth::add));
        thread.shutdown();
        LivePicture picture = new LivePicture(spark(), out);
        while (!isDone(sending, PICTURE)) {
            views();
            picture.show(truth.sent());
        }
        sending.get();
        console.say("both streams read what is left");
        dev.streams().catchUp(clicks);
        views();
        picture.show(truth.sent());
    }

    private static boolean isDone(Future<?> future, Duration wait) throws Exception {
        try {
            future.get(wait.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private void recompute(List<LocalDate> days) {
        Parallel.forEach(days, this::recompute);
    }

    private void recompute(LocalDate day) {
        long began = System.nanoTime();
        Recompute.Outcome outcome = Recompute.run(lake(), clicks, day, Instant.now());
        out.printf(
                "  %s: %,d events, %,d duplicates removed, published as %s in %d s%n",
                day,
                outcome.counts().get("events"),
                outcome.counts().get("duplicate"),
                outcome.generation(),
                Duration.ofNanos(System.nanoTime() - began).toSeconds());
        out.flush();
    }

    private void arriveLate(ClickSender sender) {
        long before = yesterdaysClicks();
        out.println("  yesterday settled  " + before);
        sender.send(plan.lateAfterwards(), plan.lateAfterwardsCount(), Pace.flatOut(), truth::add);
        dev.streams().catchUp(clicks);
        long after = yesterdaysClicks();
        out.println("  late clicks sent   " + plan.lateAfterwardsCount() + " (invalid ones and copies among them)");
        out.println("  yesterday now      " + after + "  (+" + (after - before) + ", before any recompute)");
        out.println("  the truth          " + truth.on(plan.yesterday()).counted());
        out.flush();
    }

    private long yesterdaysClicks() {
        return spark().sql("SELECT coalesce(sum(clicks), 0) FROM clicks_by_ad_1m WHERE event_date = DATE'"
                        + plan.yesterday() + "'")
                .head()
                .getLong(0);
    }

    private int verdict() throws IOException {
        TruthFile.save(truth, truthFile);
        Verdict verdict = Verdict.of(lake(), clicks, TruthFile.load(truthFile));
        verdict.print(out);
        return verdict.isTrue() ? 0 : ExitCode.FAILED;
    }

    private void stay() throws InterruptedException {
        dev.startCollector();
        out.println();
        out.println("It stays until Ctrl-C. Ask it from another terminal:");
        out.println("  bin/tideline query --config " + dev.file() + " \"SELECT * FROM clicks_by_ad_1h LIMIT 10\"");
        out.println("  bin/tideline status --config " + dev.file());
        out.flush();
        dev.await();
    }

    private Lake lake() {
        return dev.session().lake();
    }

    private SparkSession spark() {
        return dev.session().spark();
    }

    private void views() {
        Views.register(spark(), lake().root());
    }

    private static void delete(Path dir) {
        if (!Files.exists(dir)) {
            return;
        }
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("Cannot delete " + dir, e);
        }
    }
}
