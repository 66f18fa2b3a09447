package dev.tideline.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tideline.notify.Transition.Kind;
import jakarta.mail.Session;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** What each server is sent. */
class PayloadTest {
    private static final Transition FIRING = Transitions.firing("k1");
    private static final Transition RESOLVED = Transitions.resolved("k1");

    @Test
    void aWebhookIsAlertmanagersVersion4() throws Exception {
        assertThat(Webhook.payload(FIRING, "hook")).isEqualTo(new JsonMapper().readTree("""
                {"version":"4","groupKey":"k1","truncatedAlerts":0,"status":"firing","receiver":"hook",
                 "groupLabels":{"alertname":"HostCpu"},
                 "commonLabels":{"alertname":"HostCpu","host":"db-1","severity":"critical"},
                 "commonAnnotations":{"summary":"CPU of db-1 is <above> 90 % & rising"},
                 "externalURL":"",
                 "alerts":[{"status":"firing",
                   "labels":{"alertname":"HostCpu","host":"db-1","severity":"critical"},
                   "annotations":{"summary":"CPU of db-1 is <above> 90 % & rising"},
                   "startsAt":"2026-03-01T10:00:00Z","endsAt":"0001-01-01T00:00:00Z",
                   "generatorURL":"","fingerprint":"k1"}]}"""));
        assertThat(Webhook.payload(RESOLVED, "hook").at("/status").asText()).isEqualTo("resolved");
        assertThat(Webhook.payload(RESOLVED, "hook").at("/alerts/0/endsAt").asText())
                .isEqualTo("2026-03-01T10:11:00Z");
    }

    @Test
    void pagerDutyTriggersAndResolvesByTheEpisodesKey() throws Exception {
        PagerDuty receiver = new PagerDuty(URI.create("http://x"), new Secret("r"));
        assertThat(receiver.event(FIRING)).isEqualTo(new JsonMapper().readTree("""
                {"routing_key":"r","event_action":"trigger","dedup_key":"k1",
                 "payload":{"summary":"CPU of db-1 is <above> 90 % & rising","source":"hosts/HostCpu",
                   "severity":"critical","timestamp":"2026-03-01T10:00:00Z",
                   "custom_details":{"labels":{"alertname":"HostCpu","host":"db-1","severity":"critical"},
                     "annotations":{"summary":"CPU of db-1 is <above> 90 % & rising"},"value":0.97,"provisional":true}}}"""));
        assertThat(receiver.event(RESOLVED).path("event_action").asText()).isEqualTo("resolve");
        assertThat(receiver.event(RESOLVED).path("dedup_key").asText()).isEqualTo("k1");
        Transition odd = Transitions.with(FIRING, Map.of("severity", "page"), Map.of("summary", "x".repeat(2000)));
        assertThat(receiver.event(odd).at("/payload/severity").asText()).isEqualTo("error");
        assertThat(receiver.event(odd).at("/payload/summary").asText()).hasSize(1024);
    }

    @Test
    void aCallSaysItInXml() {
        Twilio call = twilio(Twilio.Kind.PHONE);
        assertThat(call.fields(FIRING, "+492"))
                .isEqualTo(
                        Map.of(
                                "From", "+491",
                                "To", "+492",
                                "Twiml",
                                        "<Response><Say>[FIRING] CPU of db-1 is &lt;above&gt; 90 % &amp; rising</Say></Response>"));
        assertThat(twilio(Twilio.Kind.SMS).fields(RESOLVED, "+492").get("Body"))
                .isEqualTo("[RESOLVED] CPU of db-1 is <above> 90 % & rising");
    }

    private static Twilio twilio(Twilio.Kind kind) {
        return new Twilio(kind, URI.create("http://x"), "AC1", new Secret("t"), "+491", List.of("+492"));
    }

    @Test
    void alertmanagerIsToldWhenAnAlertEndsUnlessItIsSaidAgain() {
        assertThat(end(FIRING, Transitions.AT.plusSeconds(1))).isEqualTo(Transitions.AT.plusSeconds(241));
        assertThat(end(refresh(), Transitions.AT.plusSeconds(1))).isEqualTo(Transitions.AT.plusSeconds(240));
    }

    @Test
    void alertmanagerLearnsTheDatasOwnTimeOnceGroupWaitIsOver() {
        assertThat(alertmanager()
                        .alerts(FIRING, Transitions.AT)
                        .at("/0/startsAt")
                        .asText())
                .isEqualTo(Transitions.AT.toString());
        assertThat(alertmanager()
                        .alerts(refresh(), Transitions.AT)
                        .at("/0/startsAt")
                        .asText())
                .isEqualTo(Transitions.START.toString());
    }

    @Test
    void aFiringAlertThatComesLateIsNotOverOnArrival() {
        Instant now = Transitions.AT.plusSeconds(3600);
        assertThat(end(FIRING, now)).isEqualTo(now.plusSeconds(240));
    }

    @Test
    void aResolvedAlertIsOverAtOnceAndNotBeforeItBegan() {
        Instant end = RESOLVED.endsAt().orElseThrow();
        assertThat(end(RESOLVED, RESOLVED.at().plusSeconds(1))).isEqualTo(end);
        assertThat(end(RESOLVED, end.minusSeconds(5))).isEqualTo(end.minusSeconds(5));
        Transition ahead =
                Transitions.transition("k", Kind.RESOLVED, RESOLVED.at().minusSeconds(10), RESOLVED.at());
        assertThat(end(ahead, RESOLVED.at())).isEqualTo(RESOLVED.at().minusSeconds(10));
    }

    @Test
    void onlyAlertmanagerTakesRefreshesAndOnlyFreshOnes() {
        Alertmanager receiver = alertmanager();
        assertThat(receiver.takes(refresh(), Transitions.AT.plusSeconds(239))).isTrue();
        assertThat(receiver.takes(refresh(), Transitions.AT.plusSeconds(240))).isFalse();
        assertThat(receiver.takes(FIRING, Transitions.AT.plusSeconds(86400))).isTrue();
        assertThat(twilio(Twilio.Kind.SMS).takes(refresh(), Transitions.AT)).isFalse();
        assertThat(twilio(Twilio.Kind.SMS).takes(FIRING, Transitions.AT)).isTrue();
    }

    private static Transition refresh() {
        return Transitions.transition("k1", Kind.REFRESH, Transitions.START, Transitions.AT);
    }

    private static Alertmanager alertmanager() {
        return new Alertmanager(URI.create("http://x"), Duration.ofMinutes(4));
    }

    private static Instant end(Transition transition, Instant now) {
        return Instant.parse(
                alertmanager().alerts(transition, now).at("/0/endsAt").asText());
    }

    @Test
    void aMailCannotBeGivenHeadersByAnAlert() throws Exception {
        Email email = new Email(
                "h", 25, Email.Tls.NONE, Optional.empty(), "a@example.org", List.of("b@example.org"), Optional.empty());
        Transition evil = Transitions.with(
                Transitions.firing("k\r\nBcc: c@example.org"),
                Map.of(),
                Map.of("summary", "x\r\nBcc: d@example.org\r\n\r\nbody"));
        var message = email.message(Session.getInstance(new Properties()), evil);
        message.saveChanges();

        assertThat(message.getHeader("Bcc")).isNull();
        assertThat(message.getSubject()).isEqualTo("[FIRING] x Bcc: d@example.org body");
        assertThat(message.getHeader("X-Tideline-Key"))
                .containsExactly("k%0D%0ABcc:%20c@example.org".replace("@", "%40"));
        assertThat(message.getMessageID()).isEqualTo("<k%0D%0ABcc%3A%20c%40example.org/FIRING@tideline>");
    }
}
