package dev.tideline.decode.format;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedDeclaration;
import dev.tideline.feed.Protection;
import dev.tideline.protocol.CannotException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that fields of a feed are hashed with, by HMAC-SHA-256 (RFC 2104). Executors are sent it with their tasks; nothing prints
 * it.
 */
public final class HashKey implements Serializable {
    /** A key has so many characters at least, and a variable's name fewer: one is never taken for the other. */
    public static final int LENGTH = 32;

    private static final long serialVersionUID = 1L;
    private static final String ALGORITHM = "HmacSHA256";
    /** Of 32: an HMAC may be cut to half its length. */
    private static final int BYTES = 16;

    private final byte[] key;
    private transient ThreadLocal<Mac> macs;

    HashKey(String key) {
        this.key = key.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The key of {@code feed}, from this process's environment; none where it hashes nothing.
     *
     * @throws CannotException when the environment has none, or one that is too short
     */
    public static Optional<HashKey> of(Feed feed) {
        return of(feed.name(), feed.protection());
    }

    /** The same of a declaration. */
    public static Optional<HashKey> of(FeedDeclaration feed) {
        return of(feed.name(), feed.protection());
    }

    private static Optional<HashKey> of(String feed, Protection protection) {
        if (protection.hash().isEmpty()) {
            return Optional.empty();
        }
        String found = System.getenv(protection.key());
        if (found == null || found.length() < LENGTH) {
            String fields = String.join(", ", protection.hash());
            throw new CannotException("Cannot hash " + fields + " of feed " + feed + ": the environment has no "
                    + (found == null ? "" : "long enough ") + protection.key() + " (a key of " + LENGTH
                    + " characters or more, the same for both streams, such as openssl rand -hex 32 prints)");
        }
        return Optional.of(new HashKey(found));
    }

    /** What tells this key from another and nothing of it. */
    public String fingerprint() {
        return text("tideline".getBytes(StandardCharsets.UTF_8)).substring(0, BYTES);
    }

    /** The whole hash of a record; called by Spark. */
    public byte[] digest(byte[] record) {
        return mac().doFinal(record);
    }

    /** 128 bits of a text's hash, as lower-case hexadecimal. */
    String text(byte[] utf8) {
        return HexFormat.of().formatHex(Arrays.copyOf(digest(utf8), BYTES));
    }

    /** 64 bits of the hash of a number's decimal digits. */
    long number(long value) {
        return ByteBuffer.wrap(digest(Long.toString(value).getBytes(StandardCharsets.US_ASCII)))
                .getLong();
    }

    private synchronized Mac mac() {
        if (macs == null) {
            macs = ThreadLocal.withInitial(this::begin);
        }
        return macs.get();
    }

    private Mac begin() {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    /** Not the key: plans print what they call. */
    @Override
    public String toString() {
        return "key";
    }
}
