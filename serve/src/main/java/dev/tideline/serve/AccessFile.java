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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/**
 * The YAML that says what each client may see: tokens are what clients of HTTP and Spark Connect bring, users those who log in to
 * JDBC.
 *
 * <pre>{@code
 * tokens:
 *   - { sha256: 9f86d081884c7d65…, feeds: [clicks] }
 *   - { sha256: 60303ae22b998861…, feeds: all, raw: true }
 * users:
 *   - { name: ana, feeds: [clicks] }
 * }</pre>
 *
 * @param users by name, as it is written at a login
 */
public record AccessFile(Tokens tokens, Map<String, Access> users) {
    private static final int MOST_BYTES = 1024 * 1024;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern USER = Pattern.compile("\\P{Cntrl}{1,256}");
    private static final Pattern FEED = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    public AccessFile {
        users = Map.copyOf(users);
    }

    /**
     * What {@code file} declares.
     *
     * @throws CannotException with every problem of the file: nothing of it counts then
     */
    public static AccessFile read(Path file) {
        Reader reader = new Reader();
        AccessFile declared = reader.read(file);
        if (!reader.problems.isEmpty()) {
            throw CannotException.of("Cannot read " + file + ":", reader.problems);
        }
        return declared;
    }

    private static final class Reader {
        private static final AccessFile NOTHING = new AccessFile(Tokens.NONE, Map.of());

        private final List<String> problems = new ArrayList<>();

        AccessFile read(Path file) {
            JsonNode root;
            try {
                root = Yaml.read(text(file));
            } catch (IOException e) {
                problems.add("it is not a text in UTF-8 of at most " + MOST_BYTES / 1024 + " KB that may be read ("
                        + e.getClass().getSimpleName() + ")");
                return NOTHING;
            } catch (YamlException e) {
                problems.add(e.getMessage());
                return NOTHING;
            }
            Set<String> lists = new HashSet<>();
            root.fieldNames().forEachRemaining(lists::add);
            if (lists.isEmpty() || !Set.of("tokens", "users").containsAll(lists)) {
                problems.add("it is not a list of tokens, of users, or both"
                        + " (tokens: [{ sha256: …, feeds: [clicks] }], users: [{ name: ana, feeds: [clicks] }])");
                return NOTHING;
            }
            List<Tokens.Known> tokens = new ArrayList<>();
            each(root, "tokens", "sha256", this::hash)
                    .forEach((hash, access) -> tokens.add(new Tokens.Known(hash, access)));
            return new AccessFile(new Tokens(tokens), each(root, "users", "name", this::user));
        }

        /** What each of a list may see, by the key that stands for it. */
        private Map<String, Access> each(
                JsonNode root, String list, String key, BiFunction<String, JsonNode, Optional<String>> name) {
            Map<String, Access> each = new LinkedHashMap<>();
            JsonNode all = root.path(list);
            if (!all.isMissingNode() && (!all.isArray() || all.isEmpty())) {
                problems.add(list + ": it is not a list ([{ " + key + ": …, feeds: [clicks] }])");
                return each;
            }
            for (int i = 0; i < all.size(); i++) {
                String at = list + "[" + i + "]";
                JsonNode entry = all.get(i);
                for (var field : (Iterable<String>) entry::fieldNames) {
                    if (!Set.of(key, "feeds", "raw").contains(field)) {
                        problem(at, field, "no such key (" + key + ", feeds, raw)");
                    }
                }
                Optional<String> named = name.apply(at, entry.path(key));
                Access access = access(at, entry);
                if (named.isPresent() && each.put(named.get(), access) != null) {
                    problem(at, key, "another of the list has it already");
                }
            }
            return each;
        }

        /** The value is not shown: it may be the token itself. */
        private Optional<String> hash(String at, JsonNode sha256) {
            if (sha256.isTextual() && SHA256.matcher(sha256.textValue()).matches()) {
                return Optional.of(sha256.textValue());
            }
            problem(at, "sha256", "it is not 64 hexadecimal digits (printf %s TOKEN | sha256sum)");
            return Optional.empty();
        }

        private Optional<String> user(String at, JsonNode name) {
            if (name.isTextual() && USER.matcher(name.textValue()).matches()) {
                return Optional.of(name.textValue());
            }
            problem(at, "name", "it is not the name of a user, a text of up to 256 characters");
            return Optional.empty();
        }

        private Access access(String at, JsonNode entry) {
            JsonNode raw = entry.path("raw");
            if (!raw.isMissingNode() && !raw.isBoolean()) {
                problem(at, "raw", "it is not true or false");
            }
            return new Access(feeds(at, entry.path("feeds")), raw.asBoolean());
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
}
