package dev.tideline.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private static final Figure LOOP = Figure.rate(1, "hand-written loop", new Timed(4_000_000, 16, 26), "clicks/s");
    private static final Figure SHARE = Figure.of(1, "of the loop", 48.2, "%").towards(40, 60, 80);

    @Test
    void saysWhatHolds() {
        StringWriter text = new StringWriter();
        new Report("on a machine", List.of(LOOP, SHARE), List.of()).print(new PrintWriter(text));
        assertThat(text.toString().lines().skip(3))
                .satisfiesExactly(
                        line -> assertThat(line).matches("\\s*1  hand-written loop\\s+250,000  clicks/s\\s+6.50"),
                        line -> assertThat(line)
                                .matches("\\s*1  of the loop\\s+48.2  %\\s+40.0\\s+60.0\\s+80.0  must"));
    }

    @Test
    void isAnObjectALineForPrograms() throws Exception {
        StringWriter text = new StringWriter();
        new Report("on a machine", List.of(LOOP, SHARE), List.of()).json(new PrintWriter(text));
        assertThat(text.toString().lines())
                .containsExactly(
                        "{\"row\":1,\"measure\":\"hand-written loop\",\"value\":250000.0,\"unit\":\"clicks/s\",\"cpu_seconds_per_million\":6.5}",
                        "{\"row\":1,\"measure\":\"of the loop\",\"value\":48.2,\"unit\":\"%\",\"must\":40.0,\"target\":60.0,\"stretch\":80.0,\"reached\":\"must\"}");
    }

    @Test
    void writesIntoThePageBetweenItsMarks(@TempDir Path docs) throws Exception {
        Path page = docs.resolve("PERFORMANCE.md");
        Report report = new Report("on a machine", List.of(LOOP, SHARE), List.of());
        assertThatThrownBy(() -> report.write(docs))
                .hasMessageStartingWith("Cannot write " + page + ": it has no lines <!-- figures --> and <!-- end of");

        Files.writeString(page, "# Before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n");
        report.write(docs);
        report.write(docs);

        assertThat(page)
                .content()
                .startsWith("# Before\n<!-- figures -->\non a machine\n\n| row |")
                .contains("| 1 | of the loop | 48.2 | % |  | 40.0 | 60.0 | 80.0 | must |\n")
                .doesNotContain("old")
                .endsWith("<!-- end of figures -->\nafter\n");
        assertThat(docs.resolve("figures.json")).content().hasLineCount(2);
        assertThat(docs.resolve("figures.svg")).content().contains("1  of the loop", "48.2 %");
    }

    @Test
    void barsReachTheLinesThatTheirValuesReach() {
        Goal more = new Goal(40, 60, 80);
        Goal less = new Goal(6, 3, 1);
        assertThat(Bullets.steps(more, 40)).isEqualTo(1);
        assertThat(Bullets.steps(more, 60)).isEqualTo(2);
        assertThat(Bullets.steps(more, 80)).isEqualTo(3);
        assertThat(Bullets.steps(more, 20)).isEqualTo(0.5);
        assertThat(Bullets.steps(less, 12)).isEqualTo(0.5);
        assertThat(Bullets.steps(less, 6)).isEqualTo(1);
        assertThat(Bullets.steps(less, 1)).isEqualTo(3);
        assertThat(Bullets.steps(less, 0.1)).isEqualTo(3.5);
    }

    @Test
    void holdsWhenNothingIsMissed() {
        assertThat(new Report("on a machine", List.of(LOOP, SHARE), List.of()).holds())
                .isTrue();
        Figure missed = Figure.of(3, "of the loop", 28, "%").towards(50, 65, 80);
        assertThat(new Report("on a machine", List.of(LOOP, SHARE, missed), List.of()).holds())
                .isFalse();
    }
}
