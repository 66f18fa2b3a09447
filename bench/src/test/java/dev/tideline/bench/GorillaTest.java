package dev.tideline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class GorillaTest {
    private static final Offset<Double> EXACT = Offset.offset(1e-9);

    @Test
    void aSeriesThatNeverChangesTakesTwoBitsASample() {
        Gorilla series = new Gorilla();
        for (int i = 0; i < 120; i++) {
            series.add(60L * i, 12.0);
        }
        // The first in full (64 + 14 + 64 bits), the second's delta of 60 in 9 bits, and from then on a bit each.
        assertThat(series.bytesPerSample() * 120 * 8).isCloseTo(142 + 9 + 1 + 118 * 2, EXACT);
    }

    @Test
    void theValuesOfThePapersFigure() {
        // Pelkonen et al., VLDB 2015, figure 2: 62 s after the block's start 12, then 60 s on 12, then 60 s on 24.
        Gorilla series = new Gorilla();
        series.add(62, 12);
        series.add(122, 12);
        series.add(182, 24);
        // 24 xor 12 has 11 leading zeros and one meaningful bit: 2 + 5 + 6 + 1 bits.
        assertThat(series.bytesPerSample() * 3 * 8).isCloseTo(142 + (9 + 1) + (1 + 14), EXACT);
    }

    @Test
    void aBlockBeginsEveryTwoHours() {
        Gorilla series = new Gorilla();
        series.add(0, 1);
        series.add(7199, 1);
        series.add(7200, 1);
        assertThat(series.bytesPerSample() * 3 * 8).isCloseTo(142 + (36 + 1) + 142, EXACT);
    }
}
