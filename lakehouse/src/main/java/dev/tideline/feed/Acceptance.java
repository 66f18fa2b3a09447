package dev.tideline.feed;

import java.time.Duration;

/**
 * What a feed accepts. All three are compared with the Kafka record itself, never with a clock, so that a replay decides
 * the same years later.
 *
 * @param late how much older than its Kafka timestamp an event may be
 * @param future how much newer than its Kafka timestamp an event may be
 * @param size largest payload in bytes
 */
public record Acceptance(Duration late, Duration future, int size) {
    public static final Acceptance DEFAULT = new Acceptance(Duration.ofDays(7), Duration.ofHours(1), 256 * 1024);
}
