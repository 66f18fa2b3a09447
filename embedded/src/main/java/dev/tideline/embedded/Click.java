package dev.tideline.embedded;

/**
 * A click as it was meant, whatever its payload looks like.
 *
 * @param number stands for the event id: copies share it
 * @param eventTimeMs when it happened, epoch milliseconds (UTC)
 * @param user 0 for somebody unknown, who has no {@code user_id}
 * @param country ISO 3166 code, empty where it is unknown
 */
public record Click(
        long number,
        long eventTimeMs,
        long adId,
        long campaignId,
        int user,
        String country,
        String device,
        long costMicros,
        boolean isValid) {
    Click at(long otherTimeMs) {
        return new Click(number, otherTimeMs, adId, campaignId, user, country, device, costMicros, isValid);
    }

    Click costing(long otherMicros) {
        return new Click(number, eventTimeMs, adId, campaignId, user, country, device, otherMicros, isValid);
    }

    Click judged(boolean otherwise) {
        return new Click(number, eventTimeMs, adId, campaignId, user, country, device, costMicros, otherwise);
    }
}
