package dev.tideline.embedded;

import java.time.Instant;
import java.util.List;

/** The rollups that the shipped clicks feed declares: their dimensions, and the measure beside {@code clicks}. */
public enum ClickRollup {
    CLICKS_BY_AD,
    CLICKS_BY_AD_COUNTRY,
    CLICKS_BY_SEGMENT;

    public List<String> dimensions() {
        return switch (this) {
            case CLICKS_BY_AD -> List.of("ad_id", "campaign_id");
            case CLICKS_BY_AD_COUNTRY -> List.of("ad_id", "country");
            case CLICKS_BY_SEGMENT -> List.of("campaign_id", "country", "device");
        };
    }

    public String measure() {
        return this == CLICKS_BY_SEGMENT ? "users" : "cost_micros";
    }

    /** What the click is counted under, in the order of {@link #dimensions}. */
    List<String> key(Click click) {
        return switch (this) {
            case CLICKS_BY_AD -> List.of(Long.toString(click.adId()), Long.toString(click.campaignId()));
            case CLICKS_BY_AD_COUNTRY -> List.of(Long.toString(click.adId()), click.country());
            case CLICKS_BY_SEGMENT -> List.of(Long.toString(click.campaignId()), click.country(), click.device());
        };
    }

    /** How long a row's window is. */
    public enum Grain {
        MINUTE(60_000),
        HOUR(3_600_000);

        private final long millis;

        Grain(long millis) {
            this.millis = millis;
        }

        Instant windowStart(Click click) {
            return Instant.ofEpochMilli(click.eventTimeMs() - Math.floorMod(click.eventTimeMs(), millis));
        }
    }

    /**
     * One row of a rollup.
     *
     * @param windowStart UTC
     * @param dimensions in the rollup's order, numbers in decimal, an unknown country as the empty text
     * @param value of the rollup's second measure: the sum of {@code cost_micros}, or distinct known users
     */
    public record Row(Instant windowStart, List<String> dimensions, long clicks, long value) {}
}
