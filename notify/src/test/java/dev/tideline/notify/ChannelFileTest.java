package dev.tideline.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChannelFileTest {
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "PAGERDUTY_ROUTING_KEY", "r0uting", "SMTP_PASSWORD", "hunter2", "TWILIO_TOKEN", "t0ken", "TWO", "a\nb");

    @TempDir
    Path dir;

    private Channels parse(String text) {
        return ChannelFile.parse(dir.resolve("channels.yaml").toString(), text, ENVIRONMENT);
    }

    /** Without the folder. */
    private List<String> problems(String text) {
        return parse(text).problems().stream()
                .map(problem -> problem.replace(dir + "/", ""))
                .toList();
    }

    @Test
    void readsEveryTypeOfChannel() throws IOException {
        Files.writeString(dir.resolve("hook"), "b3arer\n");
        Channels channels = parse("""
                channels:
                  oncall: { type: pagerduty, routing_key: { env: PAGERDUTY_ROUTING_KEY }, when: { severity: critical, team: [a, b] }, fallback: mail }
                  hook:   { type: webhook, url: "http://127.0.0.1:9999/hook?x=1", bearer: { file: hook }, give_up_after: 5m, timeout: 3s }
                  chat:   { type: webhook, url: { env: PAGERDUTY_ROUTING_KEY_URL } }
                  mail:   { type: email, host: smtp.example.org, user: tideline, password: { env: SMTP_PASSWORD }, from: a@example.org, to: [b@example.org, c@example.org] }
                  text:   { type: sms, account: AC1, token: { env: TWILIO_TOKEN }, from: "+15550001", to: ["+4915550002"] }
                  call:   { type: phone, account: AC1, token: { env: TWILIO_TOKEN }, from: "+15550001", to: "+4915550002", url: "https://twilio.example.org/" }
                  am:     { type: alertmanager, url: "http://127.0.0.1:9093/", resolve_timeout: 2m }
                """);

        assertThat(channels.problems())
                .singleElement()
                .asString()
                .endsWith("channels.chat.url: the environment variable PAGERDUTY_ROUTING_KEY_URL is not set, "
                        + "not readable or empty; the channel is left out");
        assertThat(channels.good())
                .extracting(Channel::name)
                .containsExactly("oncall", "hook", "mail", "text", "call", "am");
        Channel oncall = channels.good().get(0);
        assertThat(oncall.when()).isEqualTo(Map.of("severity", Set.of("critical"), "team", Set.of("a", "b")));
        assertThat(oncall.fallback()).contains("mail");
        assertThat(oncall.giveUpAfter()).isEqualTo(Duration.ofMinutes(10));
        assertThat(oncall.timeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(((PagerDuty) oncall.receiver()).url()).hasToString("https://events.pagerduty.com/v2/enqueue");
        assertThat(((PagerDuty) oncall.receiver()).routingKey().reveal()).isEqualTo("r0uting");
        Channel hook = channels.good().get(1);
        assertThat(((Webhook) hook.receiver()).bearer().orElseThrow().reveal()).isEqualTo("b3arer");
        assertThat(hook.giveUpAfter()).isEqualTo(Duration.ofMinutes(5));
        Email mail = (Email) channels.good().get(2).receiver();
        assertThat(mail.port()).isEqualTo(587);
        assertThat(mail.tls()).isEqualTo(Email.Tls.STARTTLS);
        assertThat(((Twilio) channels.good().get(3).receiver()).url()).hasToString("https://api.twilio.com");
        assertThat(((Twilio) channels.good().get(4).receiver()).url()).hasToString("https://twilio.example.org");
        assertThat(channels.good().get(5).receiver())
                .isEqualTo(new Alertmanager(java.net.URI.create("http://127.0.0.1:9093"), Duration.ofMinutes(2)));
        assertThat(channels.toString()).doesNotContain("r0uting", "hunter2", "t0ken", "b3arer");
    }

    @Test
    void listsAllProblemsAtOnce() {
        assertThat(problems("""
                chanels: {}
                channels:
                  1st:   { type: webhook, url: "ftp://x" }
                  hook:  { type: webhok }
                  none:  { url: "http://x" }
                  key:   { type: pagerduty, routing_key: s3cret, pasword: s3cret, when: critical, timeout: soon }
                  mail:  { type: email, host: "a b", port: 99999999, tls: some, user: me, from: me, to: [] }
                  clear: { type: email, host: h, tls: none, user: me, password: { env: SMTP_PASSWORD }, from: a@b.org, to: a@b.org, trust: nowhere.pem }
                  text:  { type: sms, account: 1, token: { env: TWO }, from: +4930123, to: ["030"] }
                  am:    { type: alertmanager, url: "http://user:s3cret@am" }
                  list:  [1]
                """))
                .containsExactlyInAnyOrder(
                        "channels.yaml: chanels: unknown key (there are channels)",
                        "channels.yaml: channels.1st: '1st' does not work (a name of letters, digits, - and _)",
                        "channels.yaml: channels.1st.url: this address does not work (http://… or https://…, without user and password)",
                        "channels.yaml: channels.hook.type: 'webhok' does not work (alertmanager, email, pagerduty, phone, sms, webhook)",
                        "channels.yaml: channels.none.type: nothing does not work (alertmanager, email, pagerduty, phone, sms, webhook)",
                        "channels.yaml: channels.key.routing_key: this does not work ({ env: NAME } or { file: PATH }; secrets do not stand in this file)",
                        "channels.yaml: channels.key.pasword: unknown key (there are type, when, fallback, give_up_after, timeout, url, routing_key)",
                        "channels.yaml: channels.key.when: 'critical' does not work (labels and their values, such as { severity: critical })",
                        "channels.yaml: channels.key.timeout: 'soon' does not work (a duration such as 10s, 4m or 1h, at least 100ms)",
                        "channels.yaml: channels.mail.host: 'a b' does not work (the mail server's host name)",
                        "channels.yaml: channels.mail.port: '99999999' does not work (a port such as 587)",
                        "channels.yaml: channels.mail.tls: 'some' does not work (starttls, implicit or none)",
                        "channels.yaml: channels.mail.password: nothing does not work (both user and password, or neither)",
                        "channels.yaml: channels.mail.from: 'me' does not work (a mail address such as oncall@example.org)",
                        "channels.yaml: channels.mail.to: nothing does not work (a mail address such as oncall@example.org, or a list of them)",
                        "channels.yaml: channels.clear.tls: 'none' does not work (starttls or implicit: a password does not go over the wire in clear)",
                        "channels.yaml: channels.clear.trust: 'nowhere.pem' does not work (a file of PEM certificates; no file of PEM certificates: nowhere.pem)",
                        "channels.yaml: channels.text.account: '1' does not work (the account's SID, AC…)",
                        "channels.yaml: channels.text.token: the environment variable TWO holds more than one line; the channel is left out",
                        "channels.yaml: channels.text.from: '4930123' does not work (a number in quotes with + and country code, such as \"+4930123456\")",
                        "channels.yaml: channels.text.to: '030' does not work (a number in quotes with + and country code, such as \"+4930123456\")",
                        "channels.yaml: channels.am.url: this address does not work (http://… or https://…, without user, password and query)",
                        "channels.yaml: channels.list.type: nothing does not work (alertmanager, email, pagerduty, phone, sms, webhook)");
    }

    @Test
    void namesTheLineOfWhatIsNotYaml() {
        assertThat(problems("channels:\n  a: [\n"))
                .singleElement()
                .asString()
                .startsWith("channels.yaml: line 2: not YAML");
        assertThat(problems(""))
                .containsExactly("channels.yaml: it is not a map of keys (channels: { name: { type: … } })");
        assertThat(problems("channels: {}"))
                .containsExactly(
                        "channels.yaml: channels: nothing does not work (at least one: name: { type: webhook, url: … })");
        assertThat(problems("channels: { a: { type: webhook, type: webhook } }"))
                .singleElement()
                .asString()
                .contains("Duplicate");
    }

    @Test
    void goesOnWithoutAFallbackThatIsUnknownLeftOutOrLeadsBack() {
        Channels channels = parse("""
                channels:
                  a: { type: webhook, url: "http://x", fallback: nobody }
                  b: { type: webhook, url: "http://x", fallback: broken }
                  c: { type: webhook, url: "http://x", fallback: d }
                  d: { type: webhook, url: "http://x", fallback: e }
                  e: { type: webhook, url: "http://x", fallback: c }
                  broken: { type: webhook, url: { env: MISSING } }
                """);
        String at = dir.resolve("channels.yaml") + ": channels.";
        assertThat(channels.problems())
                .containsExactly(
                        at
                                + "broken.url: the environment variable MISSING is not set, not readable or empty; the channel is left out",
                        at + "a.fallback: 'nobody' does not work (another channel of this file); a goes on without",
                        at + "b.fallback: 'broken' does not work (a channel without problems); b goes on without",
                        at
                                + "c.fallback: 'd' does not work (a channel whose fallbacks do not lead back to c); c goes on without");
        assertThat(channels.good())
                .extracting(Channel::fallback)
                .containsExactly(
                        Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("e"), Optional.of("c"));
    }

    @Test
    void anAlertIsForAChannelWhenEachLabelHasOneOfItsValues() {
        Channel channel = parse(
                        "channels: { a: { type: webhook, url: \"http://x\", when: { severity: [critical, error], host: db-1 } } }")
                .good()
                .get(0);
        assertThat(channel.isFor(Transitions.firing("k"))).isTrue();
        assertThat(channel.isFor(Transitions.with(
                        Transitions.firing("k"), Map.of("severity", "critical", "host", "db-2"), Map.of())))
                .isFalse();
        assertThat(channel.isFor(Transitions.with(Transitions.firing("k"), Map.of("severity", "critical"), Map.of())))
                .isFalse();
    }
}
