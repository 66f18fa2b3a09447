package dev.tideline.notify;

import java.time.Instant;

/** A server that brings transitions to people, and what it is told. */
sealed interface Receiver permits Webhook, PagerDuty, Twilio, Email, Alertmanager {
    /** Whether {@code transition} is worth sending at {@code now}. */
    default boolean takes(Transition transition, Instant now) {
        return transition.kind() != Transition.Kind.REFRESH;
    }

    /** Sends nothing yet. */
    Delivery delivery(Transition transition, HttpSender wire);
}
