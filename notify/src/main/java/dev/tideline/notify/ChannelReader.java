package dev.tideline.notify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tideline.documents.Document;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys of one channel. Reading one that does not work notes a problem and gives something of its type; problems show
 * the values of keys only where no secret can stand.
 */
final class ChannelReader extends Document {
    private static final String WHERE_SECRETS_ARE =
            "{ env: NAME } or { file: PATH }; secrets do not stand in this file";
    private static final Secret NONE = new Secret("");

    private final Path base;
    private final Map<String, String> environment;

    ChannelReader(
            String file, String at, JsonNode node, Path base, Map<String, String> environment, List<String> problems) {
        super(file, at, node, problems);
        this.base = base;
        this.environment = environment;
    }

    /** Without the value, which may be a password under a misspelled key. */
    @Override
    protected void unknown(String key, List<String> keys) {
        note(key, "unknown key (there are " + String.join(", ", keys) + ")");
    }

    String required(String key, String pattern, String works) {
        if (!has(key)) {
            problem(key, "", works);
            return "";
        }
        Optional<String> text = text(key);
        if (text.isPresent() && !text.get().matches(pattern)) {
            problem(key, text.get(), works);
        }
        return text.orElse("");
    }

    /** One text or a list of texts. */
    List<String> texts(String key, String pattern, String works) {
        List<String> texts = texts(key);
        if (texts.isEmpty()) {
            problem(key, "", works + ", or a list of them");
        }
        texts.stream().filter(text -> !text.matches(pattern)).forEach(text -> problem(key, text, works));
        return texts;
    }

    Duration duration(String key, Duration otherwise, Duration least) {
        return duration(key, otherwise, least, "a duration such as 10s, 4m or 1h, at least " + least.toMillis() + "ms");
    }

    int port(String key, int otherwise) {
        Optional<String> text = text(key);
        if (text.isPresent() && !text.get().matches("[1-9][0-9]{0,4}")) {
            problem(key, text.get(), "a port such as " + otherwise);
            return otherwise;
        }
        return text.map(Integer::parseInt).orElse(otherwise);
    }

    /** An address that no secret stands in; without a slash at its end. */
    URI url(String key, Optional<String> otherwise) {
        Optional<String> text = text(key).or(() -> otherwise);
        String works = "http://… or https://…, without user, password and query";
        if (text.isEmpty()) {
            if (!has(key)) {
                problem(key, "", works);
            }
            return URI.create("http://none");
        }
        Optional<URI> url = http(text.get()).filter(u -> u.getRawQuery() == null && u.getRawFragment() == null);
        if (url.isEmpty()) {
            // Not shown: a user and password may stand in it.
            note(key, "this address does not work (" + works + ")");
        }
        return url.map(u -> URI.create(u.toString().replaceAll("/+$", ""))).orElse(URI.create("http://none"));
    }

    /** An address that may be a secret as a whole, as those of chat services are. */
    Secret secretUrl(String key) {
        JsonNode value = node(key);
        Secret url = value.isTextual() ? new Secret(value.asText()) : requiredSecret(key);
        if ((value.isTextual() || url != NONE) && http(url.reveal()).isEmpty()) {
            note(key, "this address does not work (http://… or https://…, without user and password)");
        }
        return url;
    }

    private static Optional<URI> http(String text) {
        try {
            return Optional.of(URI.create(text))
                    .filter(u -> List.of("http", "https").contains(String.valueOf(u.getScheme()))
                            && u.getHost() != null
                            && u.getRawUserInfo() == null);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    Secret requiredSecret(String key) {
        if (!has(key)) {
            note(key, "nothing does not work (" + WHERE_SECRETS_ARE + ")");
        }
        return secret(key).orElse(NONE);
    }

    Optional<Secret> secret(String key) {
        JsonNode value = node(key);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        String from = value.size() == 1 && value.isObject() ? value.fieldNames().next() : "";
        String source = value.path(from).asText("");
        if (from.equals("env") && !source.isBlank()) {
            return secret(key, "the environment variable " + source, environment.getOrDefault(source, ""));
        }
        if (from.equals("file") && !source.isBlank()) {
            return secret(key, "the file " + source, content(source));
        }
        note(key, "this does not work (" + WHERE_SECRETS_ARE + ")");
        return Optional.empty();
    }

    private String content(String path) {
        try {
            return Files.readString(base.resolve(path));
        } catch (IOException | InvalidPathException e) {
            return "";
        }
    }

    private Optional<Secret> secret(String key, String source, String value) {
        String stripped = value.strip();
        if (stripped.isEmpty()) {
            note(key, source + " is not set, not readable or empty; the channel is left out");
            return Optional.empty();
        }
        if (!stripped.matches("[\\x20-\\x7e\\x{80}-\\x{10ffff}]+")) {
            note(key, source + " holds more than one line; the channel is left out");
            return Optional.empty();
        }
        return Optional.of(new Secret(stripped));
    }

    Optional<Path> certificates(String key) {
        Optional<String> text = text(key);
        try {
            Optional<Path> path = text.map(base::resolve);
            path.ifPresent(Email::trusting);
            return path;
        } catch (IllegalArgumentException e) {
            problem(key, text.orElse(""), "a file of PEM certificates; " + e.getMessage());
            return Optional.empty();
        }
    }
}
