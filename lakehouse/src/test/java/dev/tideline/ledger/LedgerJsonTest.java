package dev.tideline.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.SourcePartition;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LedgerJsonTest {
    private static final Horizon HORIZON = new Horizon(
            7,
            new Cut(Map.of(
                    new SourcePartition("sales", "t1", 0), 5L,
                    new SourcePartition("sales", "t2", 0), 1L,
                    new SourcePartition("sales", "t2", 2), 9L)));

    @Test
    void writesOffsetsAsOneArrayForEachTopicId() {
        String json = LedgerJson.write(HORIZON);

        assertThat(json)
                .isEqualTo("{\"format\":2,\"seq\":7,\"cut\":[{\"topic\":\"sales\",\"topic_id\":\"t1\",\"offsets\":[5]},"
                        + "{\"topic\":\"sales\",\"topic_id\":\"t2\",\"offsets\":[1,null,9]}]}");
        assertThat(LedgerJson.read(json, Horizon.class, "days")).isEqualTo(HORIZON);
    }

    @Test
    void readsWhatTheFirstFormatWrote() {
        String json = """
                {"seq":7,"cut":[{"topic":"sales","topic_id":"t1","partition":0,"offset":5},
                {"topic":"sales","topic_id":"t2","partition":0,"offset":1},
                {"topic":"sales","topic_id":"t2","partition":2,"offset":9}]}""";

        assertThat(LedgerJson.read(json, Horizon.class, "days")).isEqualTo(HORIZON);
    }

    @Test
    void aThousandPartitionsAreElevenKilobytesAtMost() {
        Map<SourcePartition, Long> offsets = new TreeMap<>();
        for (int i = 0; i < 1000; i++) {
            offsets.put(new SourcePartition("sales", "t1", i), 1_000_000_000L + i);
        }

        assertThat(LedgerJson.write(new Horizon(1, new Cut(offsets)))).hasSizeLessThan(11_200);
    }

    @Test
    void refusesARecordOfANewerFormat() {
        assertThatThrownBy(() -> LedgerJson.read("{\"format\":3,\"seq\":\"?\"}", Horizon.class, "/lake/days"))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot read the lake's ledger /lake/days: it is of format 3, "
                        + "and this release knows formats up to 2 (upgrade)");
    }
}
