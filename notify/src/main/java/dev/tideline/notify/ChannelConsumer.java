package dev.tideline.notify;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of one channel: takes a record, delivers it, commits it, takes the next. While it waits for another attempt it
 * polls with all partitions paused, so that it stays in its group and learns at once when a partition becomes another's: a
 * very long {@code max.poll.interval.ms} would keep it in, but would hold up each rebalance of its group for as long.
 */
final class ChannelConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelConsumer.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration AFTER_ERROR = Duration.ofSeconds(10);

    private final String topic;
    private final Channel channel;
    private final FallbackDelivery delivery;
    private final Supplier<Consumer<String, String>> open;
    private volatile boolean stopping;
    private volatile Optional<Consumer<String, String>> current = Optional.empty();
    private boolean waiting;

    ChannelConsumer(String topic, Channel channel, FallbackDelivery delivery, Supplier<Consumer<String, String>> open) {
        this.topic = topic;
        this.channel = channel;
        this.delivery = delivery;
        this.open = open;
    }

    String name() {
        return channel.name();
    }

    /** From another thread. */
    void stop() {
        stopping = true;
        current.ifPresent(Consumer::wakeup);
    }

    /** Until it is stopped. What Kafka refuses is logged and tried again with a new consumer: alerts wait there meanwhile. */
    void run() throws InterruptedException {
        while (!stopping) {
            try (Consumer<String, String> consumer = open.get()) {
                current = Optional.of(consumer);
                consumer.subscribe(List.of(topic), pausing(consumer));
                while (!stopping) {
                    for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
                        take(record, consumer);
                    }
                }
            } catch (WakeupException | InterruptException e) {
                if (!stopping) {
                    throw e;
                }
            } catch (KafkaException e) {
                LOG.error("{}: Cannot read {}, tries again in {} s", channel.name(), topic, AFTER_ERROR.toSeconds(), e);
                for (long ms = 0; ms < AFTER_ERROR.toMillis() && !stopping; ms += POLL.toMillis()) {
                    Thread.sleep(POLL.toMillis());
                }
            } finally {
                current = Optional.empty();
            }
        }
    }

    private void take(ConsumerRecord<String, String> record, Consumer<String, String> consumer)
            throws InterruptedException {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        Optional<Transition> transition = Notifier.transition(record.value());
        if (transition.isEmpty()) {
            LOG.warn("{}: no transition, skipped: {} offset {}", channel.name(), partition, record.offset());
        } else if (channel.isFor(transition.get())
                && !delivery.deliver(transition.get(), wait -> pause(wait, partition, consumer))) {
            return; // not committed: it is delivered by whoever reads the partition next
        }
        commit(partition, record.offset() + 1, consumer);
    }

    /** Whether the partition is still ours after {@code wait}, and nobody stops us. */
    private boolean pause(Duration wait, TopicPartition partition, Consumer<String, String> consumer) {
        long end = System.nanoTime() + wait.toNanos();
        waiting = true;
        consumer.pause(consumer.assignment());
        try {
            long left = wait.toNanos();
            do {
                consumer.poll(Duration.ofNanos(Math.max(0, Math.min(left, POLL.toNanos()))));
                left = end - System.nanoTime();
            } while (left > 0 && !stopping && consumer.assignment().contains(partition));
            return !stopping && consumer.assignment().contains(partition);
        } finally {
            waiting = false;
            consumer.resume(consumer.assignment());
        }
    }

    /** Partitions that arrive during a wait wait too. */
    private ConsumerRebalanceListener pausing(Consumer<String, String> consumer) {
        return new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                if (waiting) {
                    consumer.pause(partitions);
                }
            }
        };
    }

    private void commit(TopicPartition partition, long next, Consumer<String, String> consumer) {
        if (!consumer.assignment().contains(partition)) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> offset = Map.of(partition, new OffsetAndMetadata(next));
        try {
            commit(offset, consumer);
            if (consumer.position(partition) < next) {
                consumer.seek(partition, next); // it went and came back during a wait, to where the commit stood then
            }
        } catch (CommitFailedException | RebalanceInProgressException e) {
            LOG.warn("{}: delivered but not committed, so again: {} offset {}", channel.name(), partition, next - 1);
        }
    }

    private static void commit(Map<TopicPartition, OffsetAndMetadata> offset, Consumer<String, String> consumer) {
        try {
            consumer.commitSync(offset);
        } catch (WakeupException e) {
            consumer.commitSync(offset); // stopped meanwhile: what is delivered is committed all the same
        }
    }
}
