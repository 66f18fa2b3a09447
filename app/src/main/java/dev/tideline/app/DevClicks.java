package dev.tideline.app;

import dev.tideline.CannotException;
import dev.tideline.Causes;
import dev.tideline.quickstart.ClickSender;
import dev.tideline.quickstart.Pace;
import dev.tideline.quickstart.Sent;
import dev.tideline.streaming.Topic;
import java.time.Instant;
import java.util.Iterator;
import java.util.Map;

/**
 * Generated clicks for a stack that somebody looks at. Where none were sent yet, those since yesterday are sent at once; live
 * ones follow until it is closed. Each start has a seed of its own, so that a restart repeats no event.
 */
final class DevClicks implements AutoCloseable {
    private static final String TOPIC = "ad-clicks";

    private final ClickSender sender;
    private final Iterator<Sent> live;
    private final Thread thread;

    private DevClicks(ClickSender sender, LiveClicks plan, Tideline tideline) {
        this.sender = sender;
        this.live = plan.live();
        this.thread = new Thread(() -> sendLive(tideline), "dev-clicks");
        thread.setDaemon(true);
    }

    /** Sends those of the past. */
    static DevClicks start(String bootstrapServers, Feeds feeds, double perSecond, Tideline tideline) {
        if (feeds.all().stream().noneMatch(feed -> feed.topic().equals(TOPIC))) {
            throw new CannotException(
                    "Cannot send clicks: no feed reads the topic " + TOPIC + " (leave --clicks out, or declare one)");
        }
        Instant now = Instant.now();
        long seed = now.toEpochMilli();
        Topic topic = Topic.describe(Map.of("bootstrap.servers", bootstrapServers), TOPIC);
        boolean isNew = topic.latest().offsets().values().stream().allMatch(offset -> offset == 0);
        LiveClicks plan =
                isNew ? LiveClicks.sinceYesterday(seed, now, perSecond) : LiveClicks.fromNow(seed, now, perSecond);
        tideline.say("sending " + (isNew ? plan.past().size() + " clicks since yesterday, then " : "") + perSecond
                + " clicks a second");
        ClickSender sender = ClickSender.to(bootstrapServers, TOPIC);
        sender.send(plan.past().iterator(), Long.MAX_VALUE, Pace.flatOut(), ClickSender.Receipt.NONE);
        return new DevClicks(sender, plan, tideline);
    }

    void goLive() {
        thread.start();
    }

    private void sendLive(Tideline tideline) {
        try {
            sender.send(live, Long.MAX_VALUE, Pace.realTime(), ClickSender.Receipt.NONE);
        } catch (IllegalStateException e) {
            tideline.say("no more clicks: " + Causes.line(e));
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
