package dev.tideline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GoalTest {
    @Test
    void moreIsBetterWhereTheStretchIsMore() {
        Goal rate = new Goal(40, 60, 80);
        assertThat(rate.reached(39.9)).isEqualTo(Goal.Level.MISSED);
        assertThat(rate.reached(40)).isEqualTo(Goal.Level.MUST);
        assertThat(rate.reached(60)).isEqualTo(Goal.Level.TARGET);
        assertThat(rate.reached(81)).isEqualTo(Goal.Level.STRETCH);
    }

    @Test
    void lessIsBetterWhereTheStretchIsLess() {
        Goal time = new Goal(3, 1.5, 0.5);
        assertThat(time.reached(3.1)).isEqualTo(Goal.Level.MISSED);
        assertThat(time.reached(3)).isEqualTo(Goal.Level.MUST);
        assertThat(time.reached(1.5)).isEqualTo(Goal.Level.TARGET);
        assertThat(time.reached(0.4)).isEqualTo(Goal.Level.STRETCH);
        assertThat(time.reached(Double.NaN)).isEqualTo(Goal.Level.MISSED);
    }
}
