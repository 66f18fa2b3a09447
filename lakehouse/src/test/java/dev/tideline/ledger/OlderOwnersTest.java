package dev.tideline.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.SourcePartition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A feed whose streams were started more often than one record carries, in commits as Delta writes them. */
class OlderOwnersTest {
    private static final int RUNS = 900;
    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path dir;

    private final List<Owners.Span> spans = new ArrayList<>();
    private int longest;

    @BeforeEach
    void manyRuns() throws IOException {
        Path log = Files.createDirectories(dir.resolve("progress/sales-speed/_delta_log"));
        Progress last = Progress.NONE;
        for (int seq = 1; seq <= RUNS; seq++) {
            last = last.next("run-" + seq, last.cut(), new Cut(Map.of(new SourcePartition("sales", "t", 0), 9L * seq)));
            spans.add(new Owners.Span("run-" + seq, seq, seq));
            String record = LedgerJson.write(
                    new ProgressRecord(last, Map.of(), "p", Map.of(), Map.of(), Map.of(), "host:1", NOW, NOW));
            longest = Math.max(longest, record.length());
            Files.writeString(
                    log.resolve("%020d.json".formatted(seq - 1)), """
                    {"commitInfo":{"operation":"WRITE","userMetadata":%s}}
                    {"txn":{"appId":"progress","version":%d}}
                    """.formatted(JSON.writeValueAsString(record), seq));
        }
    }

    @Test
    void everyRunIsKnownThoughNoRecordCarriesThemAll() {
        ProgressLedger ledger =
                LakeLedgers.at(dir.toString(), new Configuration()).progress("sales", Stream.SPEED);

        assertThat(longest).isLessThan(16_000);
        assertThat(ledger.progress().owners().areWhole()).isFalse();
        assertThat(ledger.whole().owners()).isEqualTo(new Owners(spans));
        assertThat(ledger.whole(ledger.between(500, 500).get(0)).owners()).isEqualTo(new Owners(spans.subList(0, 500)));
    }
}
