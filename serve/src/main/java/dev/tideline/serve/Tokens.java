package dev.tideline.serve;

import dev.tideline.serving.Access;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The tokens that a client may bring, as their SHA-256, and what each may see. */
public final class Tokens {
    /** No token is asked for, and everything may be seen. */
    public static final Tokens NONE = new Tokens(List.of());

    /** A token that is known, by its hash in small hexadecimal digits. */
    record Known(String sha256, Access access) {
        /** Whoever asks where no token is asked for. */
        static final Known ANYONE = new Known("", Access.WHOLE);
    }

    private final List<Known> known;

    Tokens(List<Known> known) {
        this.known = List.copyOf(known);
    }

    /** One token, for everything. */
    public static Tokens whole(String token) {
        return new Tokens(List.of(new Known(sha256(token), Access.WHOLE)));
    }

    /** These and those of {@code others}. */
    public Tokens and(Tokens others) {
        List<Known> all = new ArrayList<>(known);
        all.addAll(others.known);
        return new Tokens(all);
    }

    /** Whether a client must bring one. */
    public boolean areAsked() {
        return !known.isEmpty();
    }

    /**
     * What a client may see; empty for one that must not ask. It takes equally long for each token.
     *
     * @param authorization as a request has it ({@code Bearer …}); may be null
     */
    public Optional<Access> access(String authorization) {
        return known(authorization).map(Known::access);
    }

    Optional<Known> known(String authorization) {
        if (!areAsked()) {
            return Optional.of(Known.ANYONE);
        }
        if (authorization == null || !authorization.startsWith("Bearer ")) {
            return Optional.empty();
        }
        byte[] sent = ascii(sha256(authorization.substring("Bearer ".length())));
        Optional<Known> bearer = Optional.empty();
        for (Known one : known) {
            if (MessageDigest.isEqual(ascii(one.sha256), sent)) {
                bearer = Optional.of(one);
            }
        }
        return bearer;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String sha256(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
