package dev.tideline.notify;

import dev.tideline.notify.Transition.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Transitions to start a case from. */
final class Transitions {
    static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
    static final Instant AT = START.plusSeconds(90);

    private Transitions() {}

    static Transition firing(String key) {
        return transition(key, Kind.FIRING, START, AT);
    }

    static Transition resolved(String key) {
        return transition(key, Kind.RESOLVED, START, AT.plusSeconds(600));
    }

    static Transition transition(String key, Kind kind, Instant startsAt, Instant at) {
        return new Transition(
                key,
                kind,
                "hosts",
                "HostCpu",
                new TreeMap<>(Map.of("alertname", "HostCpu", "host", "db-1", "severity", "critical")),
                new TreeMap<>(Map.of("summary", "CPU of db-1 is <above> 90 % & rising")),
                Optional.of(0.97),
                startsAt,
                kind == Kind.RESOLVED ? Optional.of(at.minusSeconds(30)) : Optional.empty(),
                at,
                1.0,
                true);
    }

    static Transition with(Transition t, Map<String, String> labels, Map<String, String> annotations) {
        return new Transition(
                t.key(),
                t.kind(),
                t.group(),
                t.alert(),
                new TreeMap<>(labels),
                new TreeMap<>(annotations),
                t.value(),
                t.startsAt(),
                t.endsAt(),
                t.at(),
                t.completeness(),
                t.provisional());
    }

    static Channel channel(String name, Receiver receiver) {
        return new Channel(name, Map.of(), Optional.empty(), Duration.ofMinutes(10), Duration.ofSeconds(2), receiver);
    }

    static Channel withFallback(Channel channel, String fallback, Duration giveUpAfter) {
        return new Channel(
                channel.name(),
                channel.when(),
                Optional.of(fallback),
                giveUpAfter,
                channel.timeout(),
                channel.receiver());
    }

    static Channel when(Channel channel, Map<String, Set<String>> when) {
        return new Channel(
                channel.name(), when, channel.fallback(), channel.giveUpAfter(), channel.timeout(), channel.receiver());
    }

    static Webhook webhook(Peer peer) {
        return new Webhook(new Secret(peer.url() + "/hook"), Optional.of(new Secret("hush")));
    }
}
