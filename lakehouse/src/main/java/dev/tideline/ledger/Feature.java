package dev.tideline.ledger;

import java.util.Set;

/**
 * What a record of a ledger may hold that not every release understands. A record names the features that it uses, each with the
 * first release that knows it, so that an older release stops with one line instead of reading half of what is meant; a lake
 * whose records use none is read by older releases as before.
 *
 * <p>A new kind of entry or a field that changes what a record means gets a constant here, and its record says in {@link
 * User#features()} when it uses it.
 */
public enum Feature {
    /** A feed whose names are free and whose streams do not start. */
    RETIRED_FEEDS("retired-feeds", "0.2.0", Needed.TO_READ),
    /** A recompute says at which horizon it means to publish, and folds are parted there. */
    INTENTS("intents", "0.2.0", Needed.TO_READ),
    /** A decoding policy changes at one cut in both streams; what they have read already is what it was. */
    POLICY_CHANGES("policy-changes", "0.2.0", Needed.TO_APPEND);

    private final String text;
    private final String since;
    private final Needed needed;

    /** Who must know a feature. */
    public enum Needed {
        /** Everyone: without it a record is misread. */
        TO_READ,
        /** Those who append to the ledger; others read on. */
        TO_APPEND
    }

    /** A record that may use features. */
    public interface User {
        /** Those that it uses; none where an older release understands all of it. */
        Set<Feature> features();
    }

    Feature(String text, String since, Needed needed) {
        this.text = text;
        this.since = since;
        this.needed = needed;
    }

    /** Its name in records. */
    public String text() {
        return text;
    }

    /** The first release that knows it. */
    public String since() {
        return since;
    }

    /** Who must know it. */
    public Needed needed() {
        return needed;
    }

    static boolean knows(String text) {
        for (Feature feature : values()) {
            if (feature.text.equals(text)) {
                return true;
            }
        }
        return false;
    }
}
