package dev.tideline.notify;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the transitions of a topic to people: a thread and a consumer group for each channel, so that a dead one holds up
 * no other. At least once: the offset of a transition is committed when a channel has delivered it, and what a crash leaves
 * uncommitted is delivered again with the same key.
 */
public final class Notifier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(60);

    private final List<ChannelConsumer> rounds;
    private final List<Thread> threads = new ArrayList<>();
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    private Notifier(List<ChannelConsumer> rounds) {
        this.rounds = rounds;
    }

    /**
     * Begins to deliver the topic's transitions, those first that a channel has not delivered yet.
     *
     * @param kafka settings for Kafka clients, with {@code bootstrap.servers}
     */
    public static Notifier start(Map<String, String> kafka, String topic, List<Channel> channels) {
        Backoff backoff = new Backoff(() -> ThreadLocalRandom.current().nextDouble());
        return start(
                topic,
                channels,
                backoff,
                channel -> new KafkaConsumer<>(settings(kafka, channel)),
                DeadLetterTopic.beside(topic, kafka));
    }

    static Notifier start(
            String topic,
            List<Channel> channels,
            Backoff backoff,
            Function<Channel, Consumer<String, String>> consumers,
            DeadLetters deadLetters) {
        Map<String, Channel> named = channels.stream().collect(Collectors.toMap(Channel::name, Function.identity()));
        Notifier notifier = new Notifier(channels.stream()
                .map(channel -> new ChannelConsumer(
                        topic,
                        channel,
                        new FallbackDelivery(chain(channel, named), backoff, Clock.systemUTC(), deadLetters),
                        () -> consumers.apply(channel)))
                .toList());
        channels.forEach(channel -> LOG.info("Delivers {} to {}", topic, channel));
        notifier.startThreads();
        return notifier;
    }

    private void startThreads() {
        for (ChannelConsumer round : rounds) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            round.run();
                        } catch (Throwable e) {
                            LOG.error("{}: ended", round.name(), e);
                            end.completeExceptionally(e);
                        }
                    },
                    "notifier-" + round.name());
            threads.add(thread);
            thread.start();
        }
    }

    private static List<Channel> chain(Channel channel, Map<String, Channel> named) {
        List<Channel> chain = new ArrayList<>();
        Optional<Channel> next = Optional.of(channel);
        while (next.isPresent() && !chain.contains(next.get())) {
            chain.add(next.get());
            next = next.get().fallback().map(named::get);
        }
        return chain;
    }

    static Map<String, Object> settings(Map<String, String> kafka, Channel channel) {
        Map<String, Object> settings = new HashMap<>(kafka);
        String string = "org.apache.kafka.common.serialization.StringDeserializer";
        settings.put("key.deserializer", string);
        settings.put("value.deserializer", string);
        settings.put("group.id", "tideline-notifier-" + channel.name());
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        settings.put("isolation.level", "read_committed");
        // The record in hand, and no other: what is not begun stays Kafka's, whoever reads it after a rebalance.
        settings.put("max.poll.records", "1");
        // Waits poll; this is for one attempt: many recipients, each as slow as its timeout.
        settings.put("max.poll.interval.ms", "900000");
        return settings;
    }

    /** Reads the record's transition; empty when it is none. */
    static Optional<Transition> transition(String value) {
        try {
            return Optional.ofNullable(value)
                    .map(TransitionJson::read)
                    .filter(t -> t.key() != null
                            && t.kind() != null
                            && t.alert() != null
                            && t.group() != null
                            && t.startsAt() != null
                            && t.at() != null);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Waits until it is closed.
     *
     * @throws IllegalStateException when a channel's thread ended before
     */
    public void await() throws InterruptedException {
        try {
            end.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("a channel ended: " + e.getCause(), e);
        }
    }

    /** Lets running attempts end and commits what they delivered; the rest is the next start's. */
    @Override
    public void close() {
        rounds.forEach(ChannelConsumer::stop);
        long deadline = System.nanoTime() + CLOSE_WITHIN.toNanos();
        for (Thread thread : threads) {
            try {
                TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, deadline - System.nanoTime()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (thread.isAlive()) {
                thread.interrupt();
            }
        }
        end.complete(null);
    }
}
