package dev.tideline.notify;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.Map;
import java.util.Optional;

/**
 * Whatever takes Alertmanager's webhooks (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config, version
 * 4): one alert a request.
 *
 * @param url a secret, as it is for chat services
 * @param bearer token
 */
record Webhook(Secret url, Optional<Secret> bearer) implements Receiver {
    /** How Go writes no time, and so how Alertmanager says "not yet". */
    private static final String NOT_YET = "0001-01-01T00:00:00Z";

    @Override
    public Delivery delivery(Transition transition, HttpSender wire) {
        HttpRequest.Builder request = HttpSender.json(
                        URI.create(url.reveal()),
                        payload(transition, wire.channel()).toString())
                .header("Idempotency-Key", HttpSender.header(transition.key() + "/" + transition.kind()));
        bearer.ifPresent(token -> request.header("Authorization", "Bearer " + token.reveal()));
        return () -> wire.send(request.build());
    }

    static ObjectNode payload(Transition transition, String receiver) {
        boolean resolved = transition.kind() == Transition.Kind.RESOLVED;
        String status = resolved ? "resolved" : "firing";
        ObjectNode payload = JsonNodeFactory.instance.objectNode();
        payload.put("version", "4");
        payload.put("groupKey", transition.key());
        payload.put("truncatedAlerts", 0);
        payload.put("status", status);
        payload.put("receiver", receiver);
        payload.set("groupLabels", node(Map.of("alertname", transition.alert())));
        payload.set("commonLabels", node(transition.labels()));
        payload.set("commonAnnotations", node(transition.annotations()));
        payload.put("externalURL", "");
        ObjectNode alert = payload.putArray("alerts").addObject();
        alert.put("status", status);
        alert.set("labels", node(transition.labels()));
        alert.set("annotations", node(transition.annotations()));
        alert.put("startsAt", transition.startsAt().toString());
        alert.put(
                "endsAt", resolved ? transition.endsAt().orElse(transition.at()).toString() : NOT_YET);
        alert.put("generatorURL", "");
        alert.put("fingerprint", transition.key());
        return payload;
    }

    static ObjectNode node(Map<String, String> map) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        map.forEach(node::put);
        return node;
    }
}
