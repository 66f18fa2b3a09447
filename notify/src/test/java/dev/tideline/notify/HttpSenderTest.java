package dev.tideline.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpSenderTest {
    private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

    @Test
    void aServerMayAskToBeLeftAloneForSecondsOrUntilADate() {
        assertThat(HttpSender.retryAfter("120", NOW)).contains(Duration.ofMinutes(2));
        assertThat(HttpSender.retryAfter("Sun, 01 Mar 2026 10:00:30 GMT", NOW)).contains(Duration.ofSeconds(30));
        assertThat(HttpSender.retryAfter("Sun, 01 Mar 2026 09:00:00 GMT", NOW)).isEmpty();
        assertThat(HttpSender.retryAfter("soon", NOW)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 408, 425, 429})
    void whatMayWorkLaterHasFailed(int status) throws Exception {
        assertThat(answerTo(status, Map.of("Retry-After", "7")))
                .isEqualTo(new Outcome.Failed("HTTP " + status, Optional.of(Duration.ofSeconds(7))));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 404, 422})
    void whatIsWrongForGoodIsRefused(int status) throws Exception {
        assertThat(answerTo(status, Map.of())).isEqualTo(new Outcome.Refused("HTTP " + status));
    }

    @Test
    void aRedirectTakesNoCredentialsAlong() throws Exception {
        try (Peer other = Peer.thatAnswers(200);
                Peer peer =
                        Peer.thatAnswers(200).first(new Peer.Answer(307, Map.of("Location", other.url() + "/hook")))) {
            Outcome outcome = send(peer);
            assertThat(outcome).isEqualTo(new Outcome.Refused("HTTP 307: redirects are not followed"));
            assertThat(other.requests).isEmpty();
        }
    }

    @Test
    void aServerThatSaysNothingOrHangsUpHasFailed() throws Exception {
        try (Peer peer = Peer.thatAnswers(200).first(Peer.Answer.HANGS, Peer.Answer.CLOSES)) {
            assertThat(send(peer)).isEqualTo(Outcome.failed("no answer within 2000 ms"));
            assertThat(send(peer)).isInstanceOf(Outcome.Failed.class);
            assertThat(send(peer)).isEqualTo(Outcome.delivered());
        }
    }

    @Test
    void nobodyThereHasFailed() throws Exception {
        Peer gone = Peer.thatAnswers(200);
        gone.close();
        assertThat(send(gone)).isEqualTo(Outcome.failed("cannot connect"));
    }

    private static Outcome answerTo(int status, Map<String, String> headers) throws InterruptedException {
        try (Peer peer = Peer.thatAnswers(200).first(new Peer.Answer(status, headers))) {
            return send(peer);
        }
    }

    private static Outcome send(Peer peer) throws InterruptedException {
        HttpSender wire = HttpSender.of(Transitions.channel("hook", Transitions.webhook(peer)), Clock.systemUTC());
        return wire.send(HttpSender.json(URI.create(peer.url() + "/hook"), "{}").build());
    }
}
