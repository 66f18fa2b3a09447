package dev.tideline.bench;

import dev.tideline.quickstart.Click;
import dev.tideline.quickstart.Fate;
import dev.tideline.quickstart.Sent;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the generator meant by each record that Kafka took and the feed must accept, with its coordinates: comma-separated,
 * without a header. Times are epoch milliseconds (UTC); an unknown user is 0.
 */
final class SentFile implements AutoCloseable {
    /** The columns, as DuckDB names and types them. */
    static final String COLUMNS = "kafka_partition INTEGER, kafka_offset BIGINT, kafka_ms BIGINT, event BIGINT, "
            + "event_ms BIGINT, ad_id BIGINT, campaign_id BIGINT, user INTEGER, country VARCHAR, device VARCHAR, "
            + "cost_micros BIGINT, is_valid BOOLEAN";

    private final BufferedWriter out;

    private SentFile(BufferedWriter out) {
        this.out = out;
    }

    static SentFile create(Path file) throws IOException {
        return new SentFile(Files.newBufferedWriter(file));
    }

    void acknowledged(Sent sent, long offset) {
        if (sent.fate() != Fate.ACCEPTED) {
            return;
        }
        Click click = sent.click();
        String line = sent.partition() + "," + offset + "," + sent.kafkaTimestampMs() + "," + click.number() + ","
                + click.eventTimeMs() + "," + click.adId() + "," + click.campaignId() + "," + click.user() + ","
                + click.country() + "," + click.device() + "," + click.costMicros() + "," + click.isValid() + "\n";
        try {
            out.append(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
