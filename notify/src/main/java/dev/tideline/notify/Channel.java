package dev.tideline.notify;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One way to people, as the file declares it.
 *
 * @param when values of labels of the alerts that it is for: one of them for each label; empty for all alerts
 * @param fallback name of the channel that takes over from it
 * @param giveUpAfter how long it may fail before its deliveries go to the fallback
 * @param timeout of one attempt
 * @param receiver where it delivers
 */
public record Channel(
        String name,
        Map<String, Set<String>> when,
        Optional<String> fallback,
        Duration giveUpAfter,
        Duration timeout,
        Receiver receiver) {
    public Channel {
        when = Map.copyOf(when);
    }

    boolean isFor(Transition transition) {
        return when.entrySet().stream()
                .allMatch(e -> e.getValue().contains(transition.labels().getOrDefault(e.getKey(), "")));
    }

    Channel withoutFallback() {
        return new Channel(name, when, Optional.empty(), giveUpAfter, timeout, receiver);
    }
}
