package dev.tideline.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RunClockTest {
    private static final Instant START = Instant.parse("2026-11-20T12:00:00Z");

    private Instant wall = START;
    private long nanos = 42;
    private final RunClock clock = new RunClock(() -> wall, () -> nanos);

    @Test
    void aClockThatIsSetALittleMovesNothing() {
        nanos += Duration.ofMinutes(10).toNanos();
        wall = START.plusSeconds(600 + 90);

        assertThat(clock.startedAgain()).isFalse();
        assertThat(clock.now()).isEqualTo(START.plusSeconds(600));
    }

    @Test
    void afterASuspendItIsNowAgain() {
        nanos += Duration.ofSeconds(1).toNanos();
        wall = START.plus(Duration.ofHours(8));

        assertThat(clock.startedAgain()).isTrue();
        assertThat(clock.now()).isEqualTo(START.plus(Duration.ofHours(8)));
        assertThat(clock.startedAgain()).isFalse();
    }

    @Test
    void aClockThatWasAheadWhenItStartedIsLeft() {
        wall = START.minus(Duration.ofHours(3));

        assertThat(clock.startedAgain()).isTrue();
        assertThat(clock.now()).isEqualTo(START.minus(Duration.ofHours(3)));
    }
}
