package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.app.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The jar for clusters, run by the real {@code spark-submit} on a standalone master with two workers, each a process. The Spark
 * distribution is where {@code -Dtideline.spark.home} says; {@code bin/test} sets it up.
 */
@Tag("lane-c")
class SubmitIT extends JarOnACluster {
    private static final Duration MOST = Duration.ofMinutes(6);

    private StandaloneCluster cluster;

    SubmitIT() {
        super(MOST);
    }

    @BeforeEach
    void startACluster() throws IOException {
        startStack(Map.of("trigger.speed", "1s", "trigger.archive", "1s", "spark.sql.shuffle.partitions", "2"));
        Files.writeString(Files.createDirectory(dir.resolve("conf")).resolve("spark-defaults.conf"), """
                spark.driver.memory 900m
                spark.executor.memory 800m
                spark.cores.max 2
                """);
        cluster = keep(StandaloneCluster.start(dir, 2, 1, "900m"));
    }

    @Test
    void theJarRunsBothLayersOnAStandaloneMaster() throws IOException {
        try (Arrivals arrivals = arrivals()) {
            arrivals.send(3000);

            OwnProcess archive = submit(1, "archive", "--once");
            OwnProcess speed = submit(1, "speed", "--once");
            ends(archive);
            ends(speed);
            whatTheGuideSaysToType();

            assertThat(cluster.workers()).allMatch(worker -> worker.words().contains("Asked to launch executor"));
            theViewsAreTheTruthOf(arrivals);
            aSessionOfSomebodyElseReadsBySettingsAlone(read());
        }
    }

    /** Each line as it stands there, but for the names of things. */
    private void whatTheGuideSaysToType() throws IOException {
        Map<String, String> words = new LinkedHashMap<>();
        for (String line : Readme.read("docs/GUIDE-SPARK-SUBMIT.md").all("(?m)^spark-submit (--master spark://.*)$")) {
            OwnProcess typed = own(
                    "typed",
                    "spark-submit",
                    Arrays.stream(line.split(" "))
                            .map(word -> switch (word) {
                                case "spark://host:7077" -> cluster.master();
                                case "app/target/tideline.jar" -> JAR.toString();
                                case "tideline.yaml" -> config.toString();
                                case "2026-11-20" -> day.toString();
                                case "GENERATION" -> generationToGoBackTo(words);
                                default -> word;
                            })
                            .toList());
            ends(typed);
            words.put(line.replaceAll(".*tideline.jar | --config .*", ""), typed.words());
        }
        assertThat(words.get("recompute --feed clicks --dirty --dry-run"))
                .contains("clicks " + day + ": would recompute");
        assertThat(words.get("recompute --feed clicks --dirty")).contains("clicks " + day + ": published");
        assertThat(words.get("recompute --feed clicks --date 2026-11-20")).contains("clicks " + day + ": published");
        assertThat(words).hasSize(6);
    }

    private String generationToGoBackTo(Map<String, String> words) {
        Matcher found =
                Pattern.compile("(?m)^" + day + " .*can go back to (\\S+)").matcher(words.get("status --feed clicks"));
        assertThat(found.find()).as(words.toString()).isTrue();
        return found.group(1);
    }

    /** PySpark's own session, in another time zone and with Spark's default of failing at once; nothing of ours but the jar. */
    private void aSessionOfSomebodyElseReadsBySettingsAlone(Config read) throws IOException {
        Map<String, String> spark = new TreeMap<>(read.spark());
        spark.put(
                "spark.sql.extensions",
                "io.delta.sql.DeltaSparkSessionExtension,dev.tideline.serving.TidelineExtensions");
        spark.put("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog");
        spark.put("spark.tideline.lake", read.lake());
        spark.put("spark.sql.session.timeZone", "Asia/Kolkata");
        List<String> args = new ArrayList<>(List.of("--master", "local[2]", "--jars", JAR.toString()));
        spark.forEach((key, value) -> args.addAll(List.of("--conf", key + "=" + value)));
        Path script = Files.writeString(dir.resolve("read.py"), """
                from pyspark.sql import SparkSession
                spark = SparkSession.builder.getOrCreate()
                clicks = lambda view: spark.sql(f"SELECT sum(clicks), count(DISTINCT window_start) FROM tideline('{view}')").head()
                minutes, hours = clicks("clicks_by_ad_1m"), clicks("clicks_by_ad_1h")
                print("clicks", minutes[0], hours[0], "windows", minutes[1] > hours[1])
                """);
        args.add(script.toString());
        OwnProcess python = own("pyspark", "spark-submit", args);
        ends(python);
        assertThat(python.words()).containsPattern("clicks (\\d{4}) \\1 windows True");
    }

    private OwnProcess submit(int cores, String command, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "--master",
                cluster.master(),
                "--total-executor-cores",
                Integer.toString(cores),
                JAR.toString(),
                command,
                "--feed",
                "clicks",
                "--config",
                config.toString()));
        args.addAll(List.of(more));
        return own(command, "spark-submit", args);
    }

    private OwnProcess own(String name, String program, List<String> args) {
        return keep(SparkPrograms.start(name, dir, program, args, Map.of()));
    }
}
