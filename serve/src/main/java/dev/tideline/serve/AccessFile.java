package dev.tideline.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tideline.documents.Yaml;
import dev.tideline.documents.YamlException;
import dev.tideline.protocol.CannotException;
import dev.tideline.serving.Access;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads the YAML that says what each token may see:
 *
 * <pre>{@code
 * tokens:
 *   - { sha256: 9f86d081884c7d65…, feeds: [clicks] }
 *   - { sha256: 60303ae22b998861…, feeds: all, raw: true }
 * }</pre>
 */
public final class AccessFile {
    private static final int MOST_BYTES = 1024 * 1024;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern FEED = Pattern.compile("[a-z][a-z0-9_]{0,62}");
    private static final Set<String> KEYS = Set.of("sha256", "feeds", "raw");

    private final List<String> problems = new ArrayList<>();
    private final Set<String> hashes = new HashSet<>();

    private AccessFile() {}

    /**
     * The tokens that {@code file} declares.
     *
     * @throws CannotException with every problem of the file: nothing of it counts then
     */
    public static Tokens read(Path file) {
        AccessFile reader = new AccessFile();
        List<Tokens.Known> tokens = reader.tokens(file);
        if (!reader.problems.isEmpty()) {
            throw CannotException.of("Cannot read " + file + ":", reader.problems);
        }
        return new Tokens(tokens);
    }

    private List<Tokens.Known> tokens(Path file) {
        JsonNode root;
        try {
            root = Yaml.read(text(file));
        } catch (IOException e) {
            problems.add("it is not a text in UTF-8 of at most " + MOST_BYTES / 1024 + " KB that may be read ("
                    + e.getClass().getSimpleName() + ")");
            return List.of();
        } catch (YamlException e) {
            problems.add(e.getMessage());
            return List.of();
        }
        JsonNode all = root.path("tokens");
        if (root.size() != 1 || !all.isArray() || all.isEmpty()) {
            problems.add("it is not a list of tokens (tokens: [{ sha256: …, feeds: [clicks] }])");
            return List.of();
        }
        List<Tokens.Known> tokens = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            token("tokens[" + i + "]", all.get(i)).ifPresent(tokens::add);
        }
        return tokens;
    }

    private static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new IOException();
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        }
    }

    private Optional<Tokens.Known> token(String at, JsonNode entry) {
        int before = problems.size();
        for (var key : (Iterable<String>) entry::fieldNames) {
            if (!KEYS.contains(key)) {
                problem(at, key, "no such key (sha256, feeds, raw)");
            }
        }
        String sha256 = entry.path("sha256").isTextual() ? entry.path("sha256").textValue() : "";
        // The value is not shown: it may be the token itself.
        if (!SHA256.matcher(sha256).matches()) {
            problem(at, "sha256", "it is not 64 hexadecimal digits (printf %s TOKEN | sha256sum)");
        } else if (!hashes.add(sha256)) {
            problem(at, "sha256", "another token has it already");
        }
        Optional<Set<String>> feeds = feeds(at, entry.path("feeds"));
        JsonNode raw = entry.path("raw");
        if (!raw.isMissingNode() && !raw.isBoolean()) {
            problem(at, "raw", "it is not true or false");
        }
        return problems.size() > before
                ? Optional.empty()
                : Optional.of(new Tokens.Known(sha256, new Access(feeds, raw.asBoolean())));
    }

    private Optional<Set<String>> feeds(String at, JsonNode node) {
        if (node.isTextual() && node.textValue().equals("all")) {
            return Optional.empty();
        }
        Set<String> feeds = new HashSet<>();
        boolean named = node.isArray() && !node.isEmpty();
        for (JsonNode feed : node) {
            named &= feed.isTextual() && FEED.matcher(feed.textValue()).matches();
            feeds.add(feed.asText());
        }
        if (!named) {
            problem(at, "feeds", "it is not a list of feeds' names, or all (feeds: [clicks])");
        }
        return Optional.of(feeds);
    }

    private void problem(String at, String key, String why) {
        problems.add(at + "." + key.replaceAll("[^\\w-]", "?") + ": " + why);
    }
}
