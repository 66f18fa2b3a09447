package dev.tideline.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void doublesFromHalfASecondToHalfAMinute() {
        Backoff longest = new Backoff(() -> 1.0);
        assertThat(IntStream.of(1, 2, 3, 6, 7, 8, 1000).mapToObj(longest::after))
                .containsExactly(
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(16),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(30));
    }

    @Test
    void waitsAnythingUpToThat() {
        assertThat(new Backoff(() -> 0.0).after(5)).isZero();
        assertThat(new Backoff(() -> 0.25).after(2)).isEqualTo(Duration.ofMillis(250));
    }
}
