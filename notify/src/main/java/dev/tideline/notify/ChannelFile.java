package dev.tideline.notify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.tideline.documents.Yaml;
import dev.tideline.documents.YamlException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Reads the YAML that declares channels. A channel with a problem is left out and the others are used, for an alert that one
 * channel brings is better than none; a channel whose fallback is left out, unknown or leads back to it does without.
 */
public final class ChannelFile {
    private static final String NAME = "[a-zA-Z][a-zA-Z0-9_-]{0,62}";
    private static final List<String> COMMON = List.of("type", "when", "fallback", "give_up_after", "timeout");
    private static final SortedMap<String, List<String>> KEYS = new TreeMap<>(Map.of(
            "webhook", List.of("url", "bearer"),
            "pagerduty", List.of("url", "routing_key"),
            "email", List.of("host", "port", "tls", "user", "password", "from", "to", "trust"),
            "sms", List.of("url", "account", "token", "from", "to"),
            "phone", List.of("url", "account", "token", "from", "to"),
            "alertmanager", List.of("url", "resolve_timeout")));
    private static final String PHONE = "\\+[1-9][0-9]{4,14}";
    private static final String A_PHONE = "a number in quotes with + and country code, such as \"+4930123456\"";
    private static final String A_MAIL = "a mail address such as oncall@example.org";

    private final String file;
    private final Path base;
    private final Map<String, String> environment;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, Channel> channels = new LinkedHashMap<>();
    private final Set<String> declared = new HashSet<>();

    private ChannelFile(String file, Map<String, String> environment) {
        this.file = file;
        this.base = Path.of(file).toAbsolutePath().getParent();
        this.environment = environment;
    }

    /**
     * The channels that {@code text} declares, and all problems, of which none is thrown.
     *
     * @param file how problems name it, and whose folder relative paths are relative to
     * @param environment where {@code { env: NAME }} is looked up
     */
    public static Channels parse(String file, String text, Map<String, String> environment) {
        return new ChannelFile(file, environment).parse(text);
    }

    private Channels parse(String text) {
        JsonNode root = tree(text);
        ChannelReader top = new ChannelReader(file, "", root, base, environment, problems);
        top.known(List.of("channels"));
        JsonNode all = root.path("channels");
        if (problems.isEmpty() && (!all.isObject() || all.isEmpty())) {
            top.problem("channels", "", "at least one: name: { type: webhook, url: … }");
        }
        all.properties().forEach(e -> declared.add(e.getKey()));
        all.properties().forEach(e -> read(e.getKey(), e.getValue()));
        channels.keySet().forEach(this::checkFallback);
        return new Channels(List.copyOf(channels.values()), problems);
    }

    private JsonNode tree(String text) {
        try {
            JsonNode root = Yaml.read(text);
            if (root.isObject()) {
                return root;
            }
            problems.add(file + ": it is not a map of keys (channels: { name: { type: … } })");
        } catch (YamlException e) {
            problems.add(file + ": " + e.getMessage());
        }
        return MissingNode.getInstance();
    }

    private void read(String name, JsonNode node) {
        int before = problems.size();
        ChannelReader entry = new ChannelReader(file, "channels." + name, node, base, environment, problems);
        if (!name.matches(NAME)) {
            entry.problem("", name, "a name of letters, digits, - and _");
        }
        Optional<Receiver> receiver = receiver(entry);
        Map<String, Set<String>> when = when(entry);
        Optional<String> fallback = entry.text("fallback");
        Duration giveUpAfter = entry.duration("give_up_after", Duration.ofMinutes(10), Duration.ZERO);
        Duration timeout = entry.duration("timeout", Duration.ofSeconds(10), Duration.ofMillis(100));
        if (problems.size() == before) {
            channels.put(name, new Channel(name, when, fallback, giveUpAfter, timeout, receiver.orElseThrow()));
        }
    }

    private static Optional<Receiver> receiver(ChannelReader entry) {
        String type = entry.text("type").orElse("");
        List<String> keys = KEYS.get(type);
        if (keys == null) {
            entry.problem("type", type, String.join(", ", KEYS.keySet()));
            return Optional.empty();
        }
        entry.known(Stream.concat(COMMON.stream(), keys.stream()).toList());
        return Optional.of(
                switch (type) {
                    case "webhook" -> new Webhook(entry.secretUrl("url"), entry.secret("bearer"));
                    case "pagerduty" ->
                        new PagerDuty(
                                entry.url("url", Optional.of("https://events.pagerduty.com/v2/enqueue")),
                                entry.requiredSecret("routing_key"));
                    case "email" -> email(entry);
                    case "sms" -> twilio(Twilio.Kind.SMS, entry);
                    case "phone" -> twilio(Twilio.Kind.PHONE, entry);
                    default ->
                        new Alertmanager(
                                entry.url("url", Optional.empty()),
                                entry.duration("resolve_timeout", Duration.ofMinutes(4), Duration.ofSeconds(1)));
                });
    }

    private static Twilio twilio(Twilio.Kind kind, ChannelReader entry) {
        return new Twilio(
                kind,
                entry.url("url", Optional.of("https://api.twilio.com")),
                entry.required("account", "AC[0-9a-zA-Z]{1,64}", "the account's SID, AC…"),
                entry.requiredSecret("token"),
                entry.required("from", PHONE, A_PHONE),
                entry.texts("to", PHONE, A_PHONE));
    }

    private static Email email(ChannelReader entry) {
        Email.Tls tls = tls(entry);
        Optional<String> user = entry.text("user");
        Optional<Secret> password = entry.secret("password");
        if (user.isPresent() != entry.has("password")) {
            entry.problem(user.isPresent() ? "password" : "user", "", "both user and password, or neither");
        }
        if (tls == Email.Tls.NONE && entry.has("password")) {
            entry.problem("tls", "none", "starttls or implicit: a password does not go over the wire in clear");
        }
        return new Email(
                entry.required("host", "[a-zA-Z0-9._:-]{1,253}", "the mail server's host name"),
                entry.port("port", tls == Email.Tls.STARTTLS ? 587 : tls == Email.Tls.IMPLICIT ? 465 : 25),
                tls,
                user.flatMap(u -> password.map(p -> new Email.Login(u, p))),
                entry.required("from", Email.ADDRESS, A_MAIL),
                entry.texts("to", Email.ADDRESS, A_MAIL),
                entry.certificates("trust"));
    }

    private static Email.Tls tls(ChannelReader entry) {
        String tls = entry.text("tls").orElse("starttls");
        if (!List.of("starttls", "implicit", "none").contains(tls)) {
            entry.problem("tls", tls, "starttls, implicit or none");
            return Email.Tls.STARTTLS;
        }
        return Email.Tls.valueOf(tls.toUpperCase(Locale.ROOT));
    }

    private static Map<String, Set<String>> when(ChannelReader entry) {
        Map<String, Set<String>> when = new TreeMap<>();
        JsonNode node = entry.node("when");
        if (!node.isMissingNode() && !node.isObject()) {
            entry.problem("when", node.asText(), "labels and their values, such as { severity: critical }");
        }
        node.properties().forEach(e -> {
            Set<String> values = new HashSet<>(ChannelReader.texts(e.getValue()));
            if (values.isEmpty()) {
                entry.problem("when." + e.getKey(), "", "a value or a list of values");
            }
            when.put(e.getKey(), values);
        });
        return when;
    }

    private void checkFallback(String name) {
        Channel channel = channels.get(name);
        if (channel.fallback().isEmpty()) {
            return;
        }
        String fallback = channel.fallback().get();
        Optional<String> wrong = Optional.empty();
        if (!declared.contains(fallback)) {
            wrong = Optional.of("another channel of this file");
        } else if (!channels.containsKey(fallback)) {
            wrong = Optional.of("a channel without problems");
        } else if (leadsBack(name)) {
            wrong = Optional.of("a channel whose fallbacks do not lead back to " + name);
        }
        wrong.ifPresent(works -> {
            problems.add("%s: channels.%s.fallback: '%s' does not work (%s); %s goes on without"
                    .formatted(file, name, fallback, works, name));
            channels.put(name, channel.withoutFallback());
        });
    }

    private boolean leadsBack(String name) {
        Set<String> seen = new HashSet<>();
        Optional<String> next = channels.get(name).fallback();
        while (next.isPresent() && seen.add(next.get())) {
            if (next.get().equals(name)) {
                return true;
            }
            next = Optional.ofNullable(channels.get(next.get())).flatMap(Channel::fallback);
        }
        return false;
    }
}
