package dev.tideline.streaming;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tideline.operations.Topic;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.SourcePartition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a micro-batch ends, as Spark planned it: the file {@code offsets/<batch>} of the checkpoint, whose last line is
 * {@code {"<topic>":{"<partition>":<offset>}}}. Records cannot tell: offsets are sparse where producers use transactions.
 */
final class OffsetLog {
    private static final ObjectMapper JSON = new ObjectMapper();

    private OffsetLog() {}

    static Cut cut(Path checkpoint, long batch, Topic topic) {
        try {
            List<String> lines =
                    Files.readAllLines(checkpoint.resolve("offsets").resolve(Long.toString(batch)));
            JsonNode planned = JSON.readTree(lines.get(lines.size() - 1)).path(topic.name());
            Map<SourcePartition, Long> offsets = new TreeMap<>();
            planned.properties()
                    .forEach(e -> offsets.put(
                            new SourcePartition(topic.name(), topic.id(), Integer.parseInt(e.getKey())),
                            e.getValue().asLong()));
            return new Cut(offsets);
        } catch (IOException e) {
            throw new UncheckedIOException("reading the offset log of batch " + batch, e);
        }
    }
}
