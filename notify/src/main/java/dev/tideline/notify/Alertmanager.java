package dev.tideline.notify;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tideline.notify.Transition.Kind;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;

/**
 * Prometheus Alertmanager by its API v2, which groups, silences, inhibits and repeats. It takes alerts with the same labels
 * for one, and an alert that nobody says again for resolved: so this is the one receiver that takes refreshes.
 *
 * @param resolveTimeout how long an alert lasts that is not said again
 */
record Alertmanager(URI url, Duration resolveTimeout) implements Receiver {
    @Override
    public boolean takes(Transition transition, Instant now) {
        return transition.kind() != Kind.REFRESH
                || transition.at().plus(resolveTimeout).isAfter(now);
    }

    @Override
    public Delivery delivery(Transition transition, HttpSender wire) {
        return () -> wire.send(HttpSender.json(
                        URI.create(url + "/api/v2/alerts"),
                        alerts(transition, wire.clock().instant()).toString())
                .build());
    }

    ArrayNode alerts(Transition transition, Instant now) {
        ArrayNode alerts = JsonNodeFactory.instance.arrayNode();
        ObjectNode alert = alerts.addObject();
        alert.set("labels", Webhook.node(transition.labels()));
        alert.set("annotations", Webhook.node(transition.annotations()));
        alert.put("startsAt", start(transition).toString());
        alert.put("endsAt", end(transition, now).toString());
        return alerts;
    }

    /**
     * Alertmanager skips {@code group_wait} for an alert that began longer ago than that, as those of whole windows do: the
     * first of many would go out alone. So one begins when it is found, and the next refresh moves it to its own time.
     */
    private static Instant start(Transition transition) {
        return transition.kind() == Kind.FIRING ? later(transition.startsAt(), transition.at()) : transition.startsAt();
    }

    private Instant end(Transition transition, Instant now) {
        return switch (transition.kind()) {
            case REFRESH -> transition.at().plus(resolveTimeout);
            // One that comes late, because nobody could take it earlier, must not be over on arrival: nobody would hear
            // of it.
            case FIRING -> later(transition.at(), now).plus(resolveTimeout);
            // In the past, for then it is over at once.
            case RESOLVED ->
                later(
                        transition.startsAt(),
                        earlier(
                                now,
                                earlier(transition.at(), transition.endsAt().orElse(transition.at()))));
        };
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }
}
