package dev.tideline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every measure runs, on little, and its answers are right; what it measures of so little says nothing. Takes eight minutes, and
 * so only with {@code bin/test --long}.
 */
@EnabledIfSystemProperty(named = "tideline.long", matches = "true")
@Tag("lane-c")
class MeasuresIT {
    private static final Size TINY = new Size(20_000, 130_000, 40, 1, 20_000, 4, 60, 2, 6);

    @TempDir
    Path dir;

    @Test
    void everyMeasureRunsAndItsAnswersAreRight() throws Exception {
        try (Site site = Site.open(dir, TINY, Map.of(), line -> {})) {
            for (Measure measure : BenchCommand.MEASURES.stream()
                    .filter(one -> !one.name().equals("small")) // it starts bin/tideline
                    .filter(one -> !one.name().equals("age")) // AgeIT
                    .toList()) {
                List<Figure> figures = measure.take(site);

                assertThat(figures).as(measure.name()).isNotEmpty();
                assertThat(figures)
                        .allSatisfy(figure -> assertThat(figure.value())
                                .as(figure.what())
                                .isFinite()
                                .isNotNegative());
                assertThat(figures).as("row %d", measure.row()).anyMatch(f -> f.row() == measure.row());
            }
        }
    }
}
