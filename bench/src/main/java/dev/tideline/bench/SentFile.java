package dev.tideline.bench;

import dev.tideline.embedded.Click;
import dev.tideline.embedded.Fate;
import dev.tideline.embedded.Sent;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;

/**
 * What a generator means by each record that the feed must accept, with its coordinates: comma-separated, without a header.
 * Times are epoch milliseconds (UTC); an unknown user is 0.
 */
final class SentFile {
    /** The columns, as DuckDB names and types them. */
    static final String COLUMNS = "kafka_partition INTEGER, kafka_offset BIGINT, kafka_ms BIGINT, event BIGINT, "
            + "event_ms BIGINT, ad_id BIGINT, campaign_id BIGINT, user INTEGER, country VARCHAR, device VARCHAR, "
            + "cost_micros BIGINT, is_valid BOOLEAN";

    private SentFile() {}

    /** Writes the first {@code count} of {@code records}, as a topic has them that one sender gave these and nothing else. */
    static void write(Path file, Iterator<Sent> records, long count, int partitions) throws IOException {
        long[] next = new long[partitions];
        StringBuilder line = new StringBuilder();
        try (Writer out = Files.newBufferedWriter(file)) {
            for (long k = 0; k < count; k++) {
                Sent sent = records.next();
                long offset = next[sent.partition()]++;
                if (sent.fate() == Fate.ACCEPTED) {
                    line.setLength(0);
                    out.append(append(line, sent, offset));
                }
            }
        }
    }

    private static StringBuilder append(StringBuilder line, Sent sent, long offset) {
        Click click = sent.click();
        line.append(sent.partition()).append(',').append(offset).append(',').append(sent.kafkaTimestampMs());
        line.append(',').append(click.number()).append(',').append(click.eventTimeMs());
        line.append(',').append(click.adId()).append(',').append(click.campaignId());
        line.append(',').append(click.user()).append(',').append(click.country());
        line.append(',').append(click.device()).append(',').append(click.costMicros());
        return line.append(',').append(click.isValid()).append('\n');
    }
}
