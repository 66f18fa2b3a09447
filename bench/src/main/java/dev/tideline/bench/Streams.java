package dev.tideline.bench;

import dev.tideline.batch.Maintain;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.protocol.Cut;
import dev.tideline.spark.ScannedFiles;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The product's streams, as a measure runs them. */
final class Streams {
    private Streams() {}

    /** A feed file of the product or, in {@code /bench/}, of this module. */
    static Feed feed(String resource) throws IOException {
        return FeedFile.parse(resource, text(resource));
    }

    /** The same feed on a topic of its own. */
    static Feed feed(String resource, String topic) throws IOException {
        return FeedFile.parse(resource, text(resource).replaceFirst("(?m)^topic: .*$", "topic: " + topic));
    }

    private static String text(String resource) throws IOException {
        try (InputStream in = Streams.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Runs {@code streams} beside each other until they have recorded all {@code count} records of the feed's topic. */
    static long readAll(Site site, Lake lake, Feed feed, long count, Stream... streams) {
        List<RunningStream> running = new ArrayList<>();
        try {
            for (Stream stream : streams) {
                running.add(FeedStream.start(lake, feed, stream, site.options(Duration.ofMillis(100))));
            }
            running.forEach(RunningStream::processAllAvailable);
        } finally {
            running.forEach(RunningStream::close);
        }
        for (Stream stream : streams) {
            long read = recorded(lake, feed, stream);
            if (read != count) {
                throw new IllegalStateException("%s recorded %,d of %,d records".formatted(stream.text(), read, count));
            }
        }
        return count;
    }

    /** The Parquet files, on this machine, that {@code rows} are read from. */
    static List<String> files(Dataset<Row> rows) {
        return ScannedFiles.of(rows).stream()
                .map(file -> file.replaceFirst("^file:/+", "/"))
                .toList();
    }

    /** Folds every day that has something to fold. */
    static void fold(Lake lake, Feed feed) {
        Maintain maintain = new Maintain(lake, feed);
        maintain.foldable().forEach(date -> maintain.fold(date, Instant.now()));
    }

    /** How many records of the topic a stream has recorded. */
    static long recorded(Lake lake, Feed feed, Stream stream) {
        return lake.progress(feed, stream).progress().cut().since(Cut.NOTHING);
    }
}
