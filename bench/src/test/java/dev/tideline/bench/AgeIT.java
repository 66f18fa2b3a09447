package dev.tideline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Everything answers, and rightly, on a lake of 100 days, 1,000 runs and five incarnations of topics of 100 partitions. {@code
 * bin/tideline bench age} does the same with ten years, and says how long it takes.
 */
@Tag("lane-c")
class AgeIT {
    private static final Size ONCE = new Size(0, 0, 0, 1, 0, 0, 0, 0, 0);

    @TempDir
    Path dir;

    @Test
    void everythingAnswersWithALongPast() throws Exception {
        try (Site site = Site.open(dir, ONCE, Map.of(), line -> System.out.println("age: " + line));
                AgeMeasure.Subject old = AgeMeasure.subject(site, Past.SHORT, 100, Instant.now())) {
            for (String task : old.tasks().keySet()) {
                old.prepare(task);
                System.out.printf("age: %s: %.3f s%n", task, old.seconds(task));
            }
            assertThat(old.tasks()).hasSizeGreaterThan(15);
        }
    }
}
