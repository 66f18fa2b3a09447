package dev.tideline.quickstart;

import dev.tideline.app.config.Feeds;
import dev.tideline.app.output.Console;
import dev.tideline.embedded.ClickSender;
import dev.tideline.embedded.Pace;
import dev.tideline.embedded.Sent;
import dev.tideline.operations.Topic;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Map;

/**
 * Generated clicks for a stack that somebody looks at. Where none were sent yet, those since yesterday are sent at once; live
 * ones follow until it is closed. Each start has a seed of its own, so that a restart repeats no event.
 */
final class DevClicks implements AutoCloseable {
    private static final String TOPIC = "ad-clicks";
    /** Some tens of clicks a second need no request each. */
    private static final Duration LINGER = Duration.ofMillis(500);

    private final ClickSender sender;
    private final Iterator<Sent> live;
    private final Thread thread;

    private DevClicks(ClickSender sender, LiveClicks plan, Console console) {
        this.sender = sender;
        this.live = plan.live();
        this.thread = new Thread(() -> sendLive(console), "dev-clicks");
        thread.setDaemon(true);
    }

    /**
     * Nothing when a feed reads what is sent.
     *
     * @throws CannotException when none does
     */
    static void requireFeed(Feeds feeds) {
        if (feeds.all().stream().noneMatch(feed -> feed.topic().equals(TOPIC))) {
            throw new CannotException(
                    "Cannot send clicks: no feed reads the topic " + TOPIC + " (leave --clicks out, or declare one)");
        }
    }

    /** Sends those of the past. */
    static DevClicks start(String bootstrapServers, double perSecond, Console console) {
        Instant now = Instant.now();
        long seed = now.toEpochMilli();
        Topic topic = Topic.describe(Map.of("bootstrap.servers", bootstrapServers), TOPIC);
        boolean isNew = topic.latest().offsets().values().stream().allMatch(offset -> offset == 0);
        LiveClicks plan =
                isNew ? LiveClicks.sinceYesterday(seed, now, perSecond) : LiveClicks.fromNow(seed, now, perSecond);
        console.say("sending " + (isNew ? plan.past().size() + " clicks since yesterday, then " : "") + perSecond
                + " clicks a second");
        ClickSender sender = ClickSender.to(bootstrapServers, TOPIC, LINGER);
        sender.send(plan.past().iterator(), Long.MAX_VALUE, Pace.flatOut(), ClickSender.Receipt.NONE);
        return new DevClicks(sender, plan, console);
    }

    void goLive() {
        thread.start();
    }

    private void sendLive(Console console) {
        try {
            sender.send(live, Long.MAX_VALUE, Pace.realTime(), ClickSender.Receipt.NONE);
        } catch (IllegalStateException e) {
            console.say("no more clicks: " + Causes.line(e));
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        sender.close();
    }
}
