package dev.tideline.protocol;

/**
 * That a feed is to be decoded by another policy, as one of its two streams' ledgers says it. Both say it, and it takes effect in both
 * streams at one cut: for each partition at the greater of the two cuts at which it was said ({@link Policies}).
 *
 * @param number counting from 1 over the life of the feed, the same in both ledgers
 * @param before fingerprint of the policy that it replaces
 * @param policy fingerprint of the new one
 * @param by the stream that was started with the new one
 * @param cut up to which the stream of this ledger had read when it was said; nothing once both streams are past it
 */
public record PolicyChange(long number, String before, String policy, String by, Cut cut) {
    /** The same, said where a stream has read up to {@code read}. */
    PolicyChange at(Cut read) {
        return new PolicyChange(number, before, policy, by, read);
    }
}
