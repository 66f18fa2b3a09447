package dev.tideline.notify;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.Locale;
import java.util.Set;

/**
 * PagerDuty by its Events API v2 (https://developer.pagerduty.com/docs/events-api-v2-overview). It takes what has the same
 * {@code dedup_key} for one incident.
 */
record PagerDuty(URI url, Secret routingKey) implements Receiver {
    private static final Set<String> SEVERITIES = Set.of("critical", "error", "warning", "info");
    private static final int LONGEST_SUMMARY = 1024;

    @Override
    public Delivery delivery(Transition transition, HttpSender wire) {
        HttpRequest request = HttpSender.json(url, event(transition).toString()).build();
        return () -> wire.send(request);
    }

    ObjectNode event(Transition transition) {
        boolean resolved = transition.kind() == Transition.Kind.RESOLVED;
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.put("routing_key", routingKey.reveal());
        event.put("event_action", resolved ? "resolve" : "trigger");
        event.put("dedup_key", transition.key());
        ObjectNode payload = event.putObject("payload");
        payload.put("summary", MessageText.cut(MessageText.summary(transition), LONGEST_SUMMARY));
        payload.put("source", transition.group() + "/" + transition.alert());
        payload.put("severity", severity(transition));
        payload.put("timestamp", transition.startsAt().toString());
        ObjectNode details = payload.putObject("custom_details");
        details.set("labels", Webhook.node(transition.labels()));
        details.set("annotations", Webhook.node(transition.annotations()));
        transition.value().ifPresent(value -> details.put("value", value));
        details.put("provisional", transition.provisional());
        return event;
    }

    private static String severity(Transition transition) {
        String severity = transition.labels().getOrDefault("severity", "").toLowerCase(Locale.ROOT);
        return SEVERITIES.contains(severity) ? severity : "error";
    }
}
