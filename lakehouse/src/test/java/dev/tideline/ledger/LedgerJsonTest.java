package dev.tideline.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.SourcePartition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LedgerJsonTest {
    private static final Read READ = new Read(
            7,
            new Cut(Map.of(
                    new SourcePartition("sales", "t1", 0), 5L,
                    new SourcePartition("sales", "t2", 0), 1L,
                    new SourcePartition("sales", "t2", 2), 9L)));

    private record Read(long seq, Cut cut) {}

    @Test
    void aHorizonNamesARecordAndLeavesItsCutThere() {
        Horizon horizon = new Horizon(7, "run", Optional.of(READ.cut()));
        Horizon read = new Horizon(7, "run", Optional.empty());
        String before = LedgerJson.write(READ);

        assertThat(LedgerJson.write(horizon)).isEqualTo("{\"format\":2,\"seq\":7,\"run\":\"run\"}");
        assertThat(LedgerJson.read(LedgerJson.write(horizon), Horizon.class, "", unknown -> {}))
                .isEqualTo(read);
        assertThat(LedgerJson.read(before, Horizon.class, "", unknown -> {}))
                .isEqualTo(new Horizon(7, "", Optional.empty()));
    }

    @Test
    void writesOffsetsAsOneArrayForEachTopicId() {
        String json = LedgerJson.write(READ);

        assertThat(json)
                .isEqualTo("{\"format\":2,\"seq\":7,\"cut\":[{\"topic\":\"sales\",\"topic_id\":\"t1\",\"offsets\":[5]},"
                        + "{\"topic\":\"sales\",\"topic_id\":\"t2\",\"offsets\":[1,null,9]}]}");
        assertThat(read(json)).isEqualTo(READ);
    }

    @Test
    void readsWhatTheFirstFormatWrote() {
        String json = """
                {"seq":7,"cut":[{"topic":"sales","topic_id":"t1","partition":0,"offset":5},
                {"topic":"sales","topic_id":"t2","partition":0,"offset":1},
                {"topic":"sales","topic_id":"t2","partition":2,"offset":9}]}""";

        assertThat(read(json)).isEqualTo(READ);
    }

    @Test
    void aThousandPartitionsAreElevenKilobytesAtMost() {
        Map<SourcePartition, Long> offsets = new TreeMap<>();
        for (int i = 0; i < 1000; i++) {
            offsets.put(new SourcePartition("sales", "t1", i), 1_000_000_000L + i);
        }

        assertThat(LedgerJson.write(new Read(1, new Cut(offsets)))).hasSizeLessThan(11_200);
    }

    @Test
    void aRecordNamesTheFeaturesThatItUsesAndNoOthers() {
        FeedLedger.Declaration used = new FeedLedger.Declaration("sales", "feed: sales", Instant.EPOCH, false, "");

        assertThat(LedgerJson.write(used)).startsWith("{\"format\":2,\"feed\":\"sales\"");
        assertThat(LedgerJson.write(new FeedLedger.Declaration("sales", "feed: sales", Instant.EPOCH, true, "")))
                .startsWith("{\"format\":3,\"requires\":{\"retired-feeds\":\"0.2.0\"},\"feed\":\"sales\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"format\":4,\"seq\":\"?\"}|it is of format 4, and this release knows formats up to 3 (upgrade)",
                "{\"format\":3,\"requires\":{\"retired-feeds\":\"0.2.0\",\"tiers\":\"0.7.0\"}}"
                        + "|it uses tiers (upgrade to 0.7.0 or later)",
                "{\"format\":5,\"requires\":{\"bytes\":\"2.0.0\"}}|it uses bytes (upgrade to 2.0.0 or later)",
                "{\"format\":3,\"requires\":{\"a\":\"1.0.0\",\"b\":\"1.1.0\"}}"
                        + "|it uses a (upgrade to 1.0.0 or later), b (upgrade to 1.1.0 or later)"
            })
    void refusesWhatANewerReleaseWrote(String json, String why) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot read the lake's ledger /lake/days: " + why);
    }

    @Test
    void readsWhatOnlyAnAppendMustKnow() {
        List<String> unknown = new ArrayList<>();
        String json = LedgerJson.write(READ)
                .replace("\"format\":2", "\"format\":3,\"requires_to_append\":{\"tiers\":\"0.7.0\"}");

        assertThat(LedgerJson.read(json, Read.class, "/lake/days", unknown::add))
                .isEqualTo(READ);
        assertThat(unknown).containsExactly("tiers (upgrade to 0.7.0 or later)");
    }

    private static Read read(String json) {
        return LedgerJson.read(json, Read.class, "/lake/days", unknown -> {});
    }
}
