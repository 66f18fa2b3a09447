package dev.tideline.feed;

import java.util.List;

/**
 * Fields of a feed whose values are never stored. It is applied to a record as it is decoded, so that every expression of the feed
 * file, the archive and all that is computed from it see the same, and nothing is hashed twice.
 *
 * @param hash fields that are kept as a keyed hash: equal where their values are equal
 * @param key the environment variable that the key stands in; empty when nothing is hashed
 * @param mask fields that are kept as NULL
 */
public record Protection(List<String> hash, String key, List<String> mask) {
    /** Everything is stored as it comes. */
    public static final Protection NONE = new Protection(List.of(), "", List.of());

    public Protection {
        hash = List.copyOf(hash);
        mask = List.copyOf(mask);
    }

    /** Whether there is a field that it hides. */
    public boolean hides() {
        return !hash.isEmpty() || !mask.isEmpty();
    }

    /** What becomes of {@code field}: hashed, masked, or stored as it comes. */
    public String of(String field) {
        return hash.contains(field) ? "hashed" : mask.contains(field) ? "masked" : "stored as it comes";
    }
}
