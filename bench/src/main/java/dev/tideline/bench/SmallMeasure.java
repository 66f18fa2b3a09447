package dev.tideline.bench;

import dev.tideline.protocol.CannotException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What small things cost, each as a person meets it, in a process of its own: the start of {@code dev --clicks 20 --serve}, the
 * cores that it takes, {@code status}, {@code query} and HTTP beside it, and {@code quickstart} alone.
 */
final class SmallMeasure implements Measure {
    private static final int ROW = 13;
    private static final Duration MOST = Duration.ofMinutes(10);
    private static final String TOP_ADS = "SELECT ad_id, sum(clicks) AS clicks FROM clicks_by_ad_1m"
            + " WHERE window_start >= now() - INTERVAL 10 MINUTES GROUP BY ad_id ORDER BY clicks DESC LIMIT 10";

    @Override
    public int row() {
        return ROW;
    }

    @Override
    public String name() {
        return "small";
    }

    @Override
    public boolean onlyByName() {
        return true;
    }

    @Override
    public List<Figure> take(Site site) throws Exception {
        boolean quick = site.size().quick();
        List<Figure> figures = new ArrayList<>();
        Path dir = Files.createTempDirectory("tideline-small-");
        Path words = dir.resolve("words");
        long began = System.nanoTime();
        Process dev = start(words, "dev", "--dir", dir.resolve("dev").toString(), "--clicks", "20", "--serve");
        try {
            ready(dev, words);
            figures.add(Figure.of(ROW, "dev --clicks 20 --serve to ready", since(began), "s")
                    .towards(30, 15, 10));
            Thread.sleep(quick ? 20_000 : 120_000);
            Duration watched = Duration.ofSeconds(quick ? 20 : 60);
            Duration cpu = cpu(dev);
            Thread.sleep(watched.toMillis());
            figures.add(Figure.of(
                            ROW,
                            "dev --clicks 20 with alerts and serve, after two minutes",
                            (double) cpu(dev).minus(cpu).toMillis() / watched.toMillis(),
                            "cores")
                    .towards(0.4, 0.15, 0.1));
            String config = dir.resolve("dev/tideline.yaml").toString();
            int times = quick ? 2 : 5;
            figures.add(typed(
                            "status beside it",
                            times,
                            said -> said.contains("clicks") && said.contains("metrics"),
                            "status",
                            "--config",
                            config)
                    .towards(2, 1, 0.5));
            figures.add(typed(
                            "query, top ads, beside it",
                            times,
                            said -> said.lines().count() > 3,
                            "query",
                            "--config",
                            config,
                            TOP_ADS)
                    .towards(3, 1, 0.5));
            int asked = quick ? 20 : 200;
            figures.add(asked("/v1/status", i -> "/v1/status", asked).towards(0.2, 0.02, 0.01));
            figures.add(asked("/v1/ads/top", i -> "/v1/ads/top?count=10&window=10m", asked)
                    .towards(1, 0.2, 0.1));
            // No answer to an earlier one helps.
            figures.add(asked(
                            "/v1/ads/top with another window each time",
                            i -> "/v1/ads/top?count=10&window=%dm".formatted(1 + i % 60),
                            asked)
                    .towards(1, 0.2, 0.1));
        } finally {
            dev.destroy();
            dev.waitFor(30, TimeUnit.SECONDS);
        }
        if (!quick) {
            began = System.nanoTime();
            Process quickstart = start(words, "quickstart");
            if (!quickstart.waitFor(MOST.toSeconds(), TimeUnit.SECONDS) || quickstart.exitValue() != 0) {
                throw new IllegalStateException("quickstart failed: " + Files.readString(words));
            }
            figures.add(Figure.of(ROW, "quickstart, verdict and alert included", since(began), "s")
                    .towards(120, 75, 60));
        }
        return figures;
    }

    /** What a command of {@code bin/tideline} prints, into {@code words} first. */
    static String run(Path words, String... arguments) throws IOException, InterruptedException {
        Process command = start(words, arguments);
        boolean ended = command.waitFor(MOST.toSeconds(), TimeUnit.SECONDS);
        if (!ended || command.exitValue() != 0) {
            throw new IllegalStateException(String.join(" ", arguments) + ": " + Files.readString(words));
        }
        return Files.readString(words);
    }

    private static Process start(Path words, String... arguments) throws IOException {
        String home = System.getProperty("tideline.home", "");
        if (home.isEmpty()) {
            throw new CannotException("Cannot measure " + String.join(" ", arguments)
                    + ": it starts bin/tideline (run it by bin/tideline bench)");
        }
        List<String> command = Stream.concat(Stream.of(home + "/bin/tideline"), Stream.of(arguments))
                .toList();
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(words.toFile());
        builder.environment().put("TIDELINE_BUILD", "no");
        builder.environment().remove("TIDELINE_JAVA_OPTS");
        return builder.start();
    }

    private static void ready(Process dev, Path words) throws Exception {
        long end = System.nanoTime() + MOST.toNanos();
        while (Files.readString(words).lines().noneMatch("ready"::equals)) {
            if (!dev.isAlive() || System.nanoTime() > end) {
                throw new IllegalStateException("dev did not get ready: " + Files.readString(words));
            }
            Thread.sleep(50);
        }
    }

    /** CPU time of a process and everything that it has started. */
    private static Duration cpu(Process process) {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .map(handle -> handle.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** Median wall time of a command, started {@code times} times. */
    private static Figure typed(String what, int times, Predicate<String> right, String... arguments) throws Exception {
        List<Double> seconds = new ArrayList<>();
        Path words = Files.createTempFile("tideline-small-", ".out");
        for (int i = 0; i < times; i++) {
            long began = System.nanoTime();
            String said = run(words, arguments);
            seconds.add(since(began));
            if (!right.test(said)) {
                throw new IllegalStateException(String.join(" ", arguments) + ": " + said);
            }
        }
        return Figure.of(ROW, what, Quantile.of(seconds, 50), "s");
    }

    /** 99th percentile of GETs, one after the other. */
    private static Figure asked(String what, IntFunction<String> paths, int times) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            String path = paths.apply(i);
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:8080" + path))
                    .build();
            long began = System.nanoTime();
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            seconds.add(since(began));
            if (answer.statusCode() != 200 || answer.body().length() < 20) {
                throw new IllegalStateException(path + ": " + answer.statusCode() + " " + answer.body());
            }
            Thread.sleep(100);
        }
        return Figure.of(ROW, "GET " + what + " beside it, p99", Quantile.of(seconds, 99), "s");
    }

    private static double since(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }
}
