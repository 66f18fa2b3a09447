package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.lake.LakeSession;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The jar for clusters, run by the real {@code spark-submit} on YARN: its driver beside the one who submits, and in the cluster.
 * The lines are those of the guide.
 */
@Tag("lane-c")
class YarnIT extends JarOnACluster {
    private static final Duration MOST = Duration.ofMinutes(4);

    private YarnCluster yarn;

    YarnIT() {
        super(MOST);
    }

    @BeforeEach
    void startACluster() throws IOException {
        Map<String, String> settings = new HashMap<>(LakeSession.small());
        settings.put("trigger.speed", "1s");
        settings.put("trigger.archive", "1s");
        startStack(settings);
        yarn = keep(YarnCluster.start(dir));
        Files.writeString(Files.createDirectory(dir.resolve("conf")).resolve("spark-defaults.conf"), """
                spark.driver.memory 900m
                spark.executor.memory 700m
                spark.executor.instances 1
                spark.yarn.am.memory 300m
                spark.yarn.jars local:%1$s/*
                spark.yarn.stagingDir file:%2$s
                spark.yarn.report.interval 200ms
                spark.driver.extraJavaOptions %3$s
                spark.executor.extraJavaOptions %3$s
                spark.yarn.am.extraJavaOptions %3$s
                spark.ui.enabled false
                """.formatted(
                        SparkPrograms.jars(), dir.resolve("staging"), "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"));
    }

    @Test
    void theJarRunsBothLayersOnYarn() throws Exception {
        List<String> lines = Readme.read("docs/GUIDE-SPARK-SUBMIT.md").all("(?m)^spark-submit (--master yarn .*)$");
        assertThat(lines).hasSize(3);
        try (Arrivals arrivals = arrivals()) {
            arrivals.send(3000);

            OwnProcess archive = typed(lines.get(0), "--once");
            OwnProcess speed = typed(lines.get(1), "--once");
            ends(archive);
            ends(speed);
            ends(typed(lines.get(2)));
            theViewsAreTheTruthOf(arrivals);

            OwnProcess refused = typed(lines.get(2).replace("clicks --dirty", "nothing --dirty"));
            assertThat(refused.exitCode(MOST)).as(refused.words()).isEqualTo(1);
            assertThat(refused.words()).containsPattern("exit code 2: Cannot .*nothing");
        }
        assertThat(yarn.ask("apps").split("\"finalStatus\":\"SUCCEEDED\"", -1))
                .as(yarn.ask("apps"))
                .hasSize(1 + 3);
    }

    /** A line as it stands there, but for the names of things. */
    private OwnProcess typed(String line, String... more) {
        List<String> args = new ArrayList<>(Arrays.stream(line.split(" "))
                .map(word -> word.equals("app/target/tideline.jar") ? JAR.toString() : word)
                .toList());
        args.addAll(List.of(more));
        return keep(SparkPrograms.start(
                "typed",
                dir,
                "spark-submit",
                args,
                Map.of("HADOOP_CONF_DIR", yarn.conf().toString())));
    }
}
