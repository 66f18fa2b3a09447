package dev.tideline.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.notify.Transition.Kind;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** With a clock that goes on only while the delivery waits. */
class FallbackDeliveryTest {
    private final List<Duration> waits = new ArrayList<>();
    private final List<String> aside = new ArrayList<>();
    private final StoppedClock clock = new StoppedClock();

    private static final class StoppedClock extends Clock {
        private Instant now = Transitions.AT;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private FallbackDelivery delivery(Channel... chain) {
        return new FallbackDelivery(
                List.of(chain),
                new Backoff(() -> 1.0),
                clock,
                (transition, reason) -> aside.add(transition.key() + " " + reason));
    }

    private boolean pause(Duration wait) {
        waits.add(wait);
        clock.now = clock.now.plus(wait);
        return waits.size() < 100;
    }

    @Test
    void triesUntilItIsDelivered() throws Exception {
        try (Peer peer = Peer.thatAnswers(200)
                .first(Peer.Answer.of(500), new Peer.Answer(429, Map.of("Retry-After", "20")), Peer.Answer.of(503))) {
            assertThat(delivery(Transitions.channel("hook", Transitions.webhook(peer)))
                            .deliver(Transitions.firing("k"), this::pause))
                    .isTrue();
            assertThat(waits).containsExactly(Duration.ofMillis(500), Duration.ofSeconds(20), Duration.ofSeconds(2));
            assertThat(peer.requests)
                    .hasSize(4)
                    .allSatisfy(r -> assertThat(r.header("Idempotency-Key")).contains("k/FIRING"))
                    .allSatisfy(r -> assertThat(r.header("Authorization")).contains("Bearer hush"));
        }
    }

    @Test
    void aChannelThatStaysDeadHandsOverOnceItIsGivenUp() throws Exception {
        try (Peer dead = Peer.thatAnswers(500);
                Peer mail = Peer.thatAnswers(200)) {
            FallbackDelivery delivery = delivery(
                    Transitions.withFallback(
                            Transitions.channel("hook", Transitions.webhook(dead)), "mail", Duration.ofMinutes(1)),
                    Transitions.channel("mail", Transitions.webhook(mail)));
            delivery.deliver(Transitions.firing("k"), this::pause);
            assertThat(clock.now).isEqualTo(Transitions.AT.plusSeconds(60));
            assertThat(mail.requests)
                    .singleElement()
                    .satisfies(r -> assertThat(r.header("Idempotency-Key")).contains("k/FIRING"));

            int before = dead.requests.size();
            delivery.deliver(Transitions.firing("k2"), this::pause);
            assertThat(dead.requests)
                    .as("the next one does not wait as long again")
                    .hasSize(before + 1);
            assertThat(clock.now).isEqualTo(Transitions.AT.plusSeconds(60));
            assertThat(mail.requests).hasSize(2);
        }
    }

    @Test
    void whatIsRefusedGoesToTheFallbackAtOnce() throws Exception {
        try (Peer refusing = Peer.thatAnswers(400);
                Peer mail = Peer.thatAnswers(200)) {
            delivery(
                            Transitions.withFallback(
                                    Transitions.channel("hook", Transitions.webhook(refusing)),
                                    "mail",
                                    Duration.ofMinutes(1)),
                            Transitions.channel("mail", Transitions.webhook(mail)))
                    .deliver(Transitions.firing("k"), this::pause);
            assertThat(refusing.requests).hasSize(1);
            assertThat(mail.requests).hasSize(1);
            assertThat(clock.now).isEqualTo(Transitions.AT);
        }
    }

    @Test
    void aBugInAChannelIsTheFallbacksTurn() throws Exception {
        try (Peer mail = Peer.thatAnswers(200)) {
            Webhook broken = new Webhook(new Secret("no address"), Optional.empty());
            delivery(
                            Transitions.withFallback(
                                    Transitions.channel("hook", broken), "mail", Duration.ofSeconds(1)),
                            Transitions.channel("mail", Transitions.webhook(mail)))
                    .deliver(Transitions.firing("k"), this::pause);
            assertThat(mail.requests).hasSize(1);
        }
    }

    @Test
    void whenAllAreDeadItBeginsAgainForEver() throws Exception {
        try (Peer first = Peer.thatAnswers(500);
                Peer second = Peer.thatAnswers(400)) {
            FallbackDelivery delivery = delivery(
                    Transitions.withFallback(
                            Transitions.channel("hook", Transitions.webhook(first)), "mail", Duration.ofMinutes(1)),
                    Transitions.channel("mail", Transitions.webhook(second)));
            assertThat(delivery.deliver(Transitions.firing("k"), this::pause))
                    .as("only the end of the test ends it")
                    .isFalse();
            assertThat(clock.now).isAfter(Transitions.AT.plus(Duration.ofMinutes(15)));
            assertThat(second.requests).hasSizeGreaterThan(10);
        }
    }

    @Test
    void whatAllRefuseIsPutAsideOnceItIsADayOld() throws Exception {
        try (Peer first = Peer.thatAnswers(400);
                Peer second = Peer.thatAnswers(422)) {
            FallbackDelivery delivery = delivery(
                    Transitions.withFallback(
                            Transitions.channel("hook", Transitions.webhook(first)), "mail", Duration.ofMinutes(1)),
                    Transitions.channel("mail", Transitions.webhook(second)));
            assertThat(delivery.deliver(Transitions.firing("young"), this::pause))
                    .as("an operator has a day to mend the receiver")
                    .isFalse();
            clock.now = Transitions.AT.plus(Duration.ofDays(1));
            assertThat(delivery.deliver(Transitions.firing("old"), wait -> true))
                    .isTrue();
            assertThat(aside).singleElement().asString().startsWith("old ").contains("hook=", "400", "mail=", "422");
        }
    }

    @Test
    void whatOneChannelMayStillTakeIsNotPutAside() throws Exception {
        try (Peer first = Peer.thatAnswers(503);
                Peer second = Peer.thatAnswers(400)) {
            clock.now = Transitions.AT.plus(Duration.ofDays(7));
            FallbackDelivery delivery = delivery(
                    Transitions.withFallback(
                            Transitions.channel("hook", Transitions.webhook(first)), "mail", Duration.ofMinutes(1)),
                    Transitions.channel("mail", Transitions.webhook(second)));
            assertThat(delivery.deliver(Transitions.firing("k"), this::pause)).isFalse();
            assertThat(aside).isEmpty();
        }
    }

    @Test
    void aChannelWithoutFallbackIsNeverGivenUp() throws Exception {
        try (Peer peer = Peer.thatAnswers(500)) {
            assertThat(delivery(Transitions.channel("hook", Transitions.webhook(peer)))
                            .deliver(Transitions.firing("k"), this::pause))
                    .isFalse();
            assertThat(peer.requests).hasSize(100);
            assertThat(waits).allSatisfy(wait -> assertThat(wait).isPositive());
        }
    }

    @Test
    void aRefreshIsNotTriedLongerThanItIsTrueNorByOthers() throws Exception {
        Transition refresh = Transitions.transition("k", Kind.REFRESH, Transitions.START, Transitions.AT);
        try (Peer dead = Peer.thatAnswers(500);
                Peer mail = Peer.thatAnswers(200)) {
            Channel am = Transitions.channel("am", new Alertmanager(URI.create(dead.url()), Duration.ofMinutes(4)));
            FallbackDelivery delivery = delivery(
                    Transitions.withFallback(am, "mail", Duration.ofMinutes(1)),
                    Transitions.channel("mail", Transitions.webhook(mail)));
            assertThat(delivery.deliver(refresh, this::pause)).isTrue();
            assertThat(clock.now).isAfter(Transitions.AT.plus(Duration.ofMinutes(3)));
            assertThat(mail.requests).isEmpty();
        }
    }

    @Test
    void aTextThatFailedForOneIsNotSentAgainToTheOthers() throws Exception {
        try (Peer twilio = Peer.thatAnswers(201).first(Peer.Answer.of(201), Peer.Answer.of(500), Peer.Answer.of(201))) {
            Twilio receiver = new Twilio(
                    Twilio.Kind.SMS,
                    URI.create(twilio.url()),
                    "AC1",
                    new Secret("t0ken"),
                    "+4911111",
                    List.of("+4922222", "+4933333", "+4944444"));
            delivery(Transitions.channel("text", receiver)).deliver(Transitions.firing("k"), this::pause);
            assertThat(twilio.requests)
                    .extracting(r -> r.body().replaceAll(".*To=%2B49(.)\\1*.*", "$1"))
                    .containsExactly("2", "3", "4", "3");
            assertThat(twilio.requests.get(0).path()).isEqualTo("/2010-04-01/Accounts/AC1/Messages.json");
            assertThat(twilio.requests.get(0).header("Authorization")).contains("Basic QUMxOnQwa2Vu");
        }
    }

    @Test
    void aWrongNumberDoesNotHoldUpThoseWhoAreReached() throws Exception {
        try (Peer twilio = Peer.thatAnswers(201).first(Peer.Answer.of(400))) {
            Twilio receiver = new Twilio(
                    Twilio.Kind.PHONE,
                    URI.create(twilio.url()),
                    "AC1",
                    new Secret("t0ken"),
                    "+4911111",
                    List.of("+4922222", "+4933333"));
            Channel channel = Transitions.channel("call", receiver);
            assertThat(receiver.delivery(Transitions.firing("k"), HttpSender.of(channel, clock))
                            .attempt())
                    .isEqualTo(new Outcome.Delivered("refused for +4922222: HTTP 400"));
        }
    }
}
