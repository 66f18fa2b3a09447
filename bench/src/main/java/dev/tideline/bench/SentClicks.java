package dev.tideline.bench;

import java.nio.file.Path;

/**
 * Clicks that Kafka has.
 *
 * @param count of the records, refused ones and copies included
 * @param file what was meant by each of them, as {@link SentFile} writes it
 */
record SentClicks(String topic, long count, Path file) {}
