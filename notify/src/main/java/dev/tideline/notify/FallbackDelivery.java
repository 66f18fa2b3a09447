package dev.tideline.notify;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one transition after another through a channel, or the fallbacks behind it, until somebody has it. A channel that
 * has been failing for longer than it may is tried once for each further transition, so that a queue of them does not wait
 * that long each. When the last fallback is dead too, it begins again with the first, for ever; but what all of them refuse,
 * which is the transition's own fault, is put aside once it is a day old.
 */
final class FallbackDelivery {
    private static final Logger LOG = LoggerFactory.getLogger(FallbackDelivery.class);
    /** A server that asks for more is asked again all the same. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(15);
    /** A receiver that refuses by mistake can be mended until then. */
    private static final Duration REFUSED_FOR = Duration.ofDays(1);

    private final List<Attempts> legs;
    private final Backoff backoff;
    private final Clock clock;
    private final DeadLetters deadLetters;

    /** Waits, and tells whether the transition is still this process's to deliver. */
    interface Pause {
        boolean forThe(Duration wait);
    }

    /** A channel and how long it has been failing. */
    private static final class Attempts {
        private final Channel channel;
        private final HttpSender wire;
        private Optional<Instant> failingSince = Optional.empty();

        Attempts(Channel channel, HttpSender wire) {
            this.channel = channel;
            this.wire = wire;
        }

        /** One that cannot be made fails like one that cannot be sent. */
        Delivery delivery(Transition transition) {
            try {
                return channel.receiver().delivery(transition, wire);
            } catch (RuntimeException e) {
                return () -> {
                    throw e;
                };
            }
        }

        /** When it is given up. */
        Instant deadline(Instant now) {
            return failingSince.orElse(now).plus(channel.giveUpAfter());
        }

        void judge(Outcome outcome, Instant now) {
            if (!(outcome instanceof Outcome.Failed)) {
                failingSince = Optional.empty();
            } else if (failingSince.isEmpty()) {
                failingSince = Optional.of(now);
            }
        }
    }

    /**
     * @param chain the channel, its fallback, that one's fallback …
     */
    FallbackDelivery(List<Channel> chain, Backoff backoff, Clock clock, DeadLetters deadLetters) {
        this.legs = chain.stream()
                .map(c -> new Attempts(c, HttpSender.of(c, clock)))
                .toList();
        this.backoff = backoff;
        this.clock = clock;
        this.deadLetters = deadLetters;
    }

    /** Whether {@code transition} is done with; else it was taken away during a {@code pause}. */
    boolean deliver(Transition transition, Pause pause) throws InterruptedException {
        List<Attempts> taking = legs.stream()
                .filter(leg -> leg.channel.receiver().takes(transition, clock.instant()))
                .toList();
        List<Delivery> deliveries =
                taking.stream().map(leg -> leg.delivery(transition)).toList();
        Map<String, String> refusals = new LinkedHashMap<>();
        int at = 0;
        for (int attempt = 1; !taking.isEmpty(); attempt++) {
            Attempts leg = taking.get(at);
            if (!leg.channel.receiver().takes(transition, clock.instant())) {
                LOG.info(
                        "{} {} {}: out of date, not sent again",
                        leg.channel.name(),
                        transition.kind(),
                        MessageText.line(transition.key()));
                return true;
            }
            Instant began = clock.instant();
            Outcome outcome = attempt(deliveries.get(at));
            leg.judge(outcome, began);
            log(transition, leg, attempt, outcome);
            if (outcome instanceof Outcome.Delivered) {
                return true;
            }
            if (outcome instanceof Outcome.Refused refused) {
                refusals.put(leg.channel.name(), refused.reason());
            } else {
                refusals.remove(leg.channel.name());
            }
            Instant now = clock.instant();
            if (refusals.size() == taking.size()
                    && !now.isBefore(transition.at().plus(REFUSED_FOR))) {
                putAside(transition, refusals);
                return true;
            }
            Duration wait = wait(outcome, attempt);
            if (outcome instanceof Outcome.Refused || !now.isBefore(leg.deadline(began))) {
                at = (at + 1) % taking.size();
                wait = at == 0 ? wait : Duration.ZERO;
            } else {
                // Not past the time at which it is the fallback's turn.
                Duration left = Duration.between(now, leg.deadline(began));
                wait = taking.size() == 1 || wait.compareTo(left) < 0 ? wait : left;
            }
            if (!pause.forThe(wait)) {
                return false;
            }
        }
        return true;
    }

    private void putAside(Transition transition, Map<String, String> refusals) {
        deadLetters.add(transition, refusals.toString());
        LOG.error(
                "{} {} {}: put aside after a day, since all refuse it: {}",
                transition.kind(),
                transition.alert(),
                MessageText.line(transition.key()),
                refusals);
    }

    private static Outcome attempt(Delivery delivery) throws InterruptedException {
        try {
            return delivery.attempt();
        } catch (RuntimeException e) {
            // A bug in one channel is the fallback's turn too. The message may quote a secret, the stack does not.
            String stack = Arrays.stream(e.getStackTrace())
                    .limit(5)
                    .map(StackTraceElement::toString)
                    .collect(Collectors.joining(" < "));
            LOG.error("Unexpected {} at {}", e.getClass().getName(), stack);
            return Outcome.failed("unexpected " + e.getClass().getSimpleName());
        }
    }

    private Duration wait(Outcome outcome, int attempt) {
        Duration wait = backoff.after(attempt);
        if (outcome instanceof Outcome.Failed failed && failed.retryAfter().isPresent()) {
            Duration asked = failed.retryAfter().get();
            Duration least = asked.compareTo(LONGEST_WAIT) < 0 ? asked : LONGEST_WAIT;
            return least.compareTo(wait) > 0 ? least : wait;
        }
        return wait;
    }

    private static void log(Transition transition, Attempts leg, int attempt, Outcome outcome) {
        String what = "%s: %s %s %s, attempt %d"
                .formatted(
                        leg.channel.name(),
                        transition.kind(),
                        transition.alert(),
                        MessageText.line(transition.key()),
                        attempt);
        if (outcome instanceof Outcome.Refused refused) {
            LOG.warn("{}: refused, {}", what, refused.reason());
        } else if (outcome instanceof Outcome.Failed failed) {
            LOG.warn("{}: failed, {}", what, failed.reason());
        } else if (outcome instanceof Outcome.Delivered delivered
                && !delivered.but().isEmpty()) {
            LOG.warn("{}: delivered, but {}", what, delivered.but());
        } else {
            LOG.info("{}: delivered", what);
        }
    }
}
