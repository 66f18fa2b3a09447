package dev.tideline.embedded;

/**
 * One generated Kafka record and, beside it, what was meant by it. Do not change the arrays.
 *
 * @param kafkaTimestampMs the record's create time, epoch milliseconds (UTC); not monotone
 * @param payload null for a tombstone, as Kafka has it
 * @param click what the payload says, or would say if it were not broken
 */
@SuppressWarnings("ArrayRecordComponent") // the bytes go to Kafka as they are, by the million
public record Sent(int partition, long kafkaTimestampMs, byte[] key, byte[] payload, Click click, Fate fate) {}
