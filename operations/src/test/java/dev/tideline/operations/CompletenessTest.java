package dev.tideline.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.SourcePartition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CompletenessTest {
    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
    private static final SourcePartition PARTITION = new SourcePartition("t", "id", 0);

    /** Kafka timestamps of its records. */
    private final List<Instant> log = new ArrayList<>();

    private final Completeness completeness = new Completeness(new Completeness.Log() {
        @Override
        public Cut end() {
            return cut(log.size());
        }

        @Override
        public Cut at(Instant time, Instant latest) {
            for (int i = 0; i < log.size(); i++) {
                if (!log.get(i).isBefore(time)) {
                    return log.get(i).isAfter(latest) ? end() : cut(i);
                }
            }
            return end();
        }

        @Override
        public void close() {}
    });

    @Test
    void aWindowIsWholeOnceAllBeforeTheFirstRecordBehindItIsRead() {
        send(-30);
        send(-20);
        send(1);

        assertThat(at(0, 1, 2)).isZero();
        assertThat(at(0, 2, 2)).isEqualTo(1);
    }

    @Test
    void aRecordOfATimeToComeMakesNoWindowWhole() {
        send(-30);
        send(59 * 60);
        send(-20);
        send(-10);

        assertThat(at(0, 2, 1)).isZero();
        assertThat(at(0, 4, 1)).isEqualTo(1);
    }

    @Test
    void norOnceThatTimeHasCome() {
        send(60);
        assertThat(at(0, 1, 1)).isEqualTo(1);
        for (int second = 2; second < 60; second++) {
            send(second);
            double unused = at(0, second, second);
        }

        assertThat(at(60, 1, 61)).describedAs("57 records are not read").isZero();
        assertThat(at(60, 58, 61)).isEqualTo(1);
    }

    private void send(int secondsAfterNoon) {
        log.add(NOON.plusSeconds(secondsAfterNoon));
    }

    private double at(int second, int read, int now) {
        return completeness.at(NOON.plusSeconds(second), cut(read), NOON.plusSeconds(now));
    }

    private static Cut cut(long offset) {
        return new Cut(Map.of(PARTITION, offset));
    }
}
