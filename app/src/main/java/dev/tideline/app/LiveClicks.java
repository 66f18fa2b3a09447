package dev.tideline.app;

import dev.tideline.quickstart.ClickGenerator;
import dev.tideline.quickstart.Clicks;
import dev.tideline.quickstart.Fate;
import dev.tideline.quickstart.Sent;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;

/**
 * The clicks of a quickstart, all of one seed: yesterday's as they should have arrived, those of yesterday that come late,
 * some during the live minute and some after the recompute, and the live ones.
 */
final class LiveClicks {
    private static final int PARTITIONS = 4;
    private static final double LIVE_PER_SECOND = 150;
    private static final double PAST_PER_SECOND = 0.2;
    /** Live clicks count on from here, so that their ids are others than those of the past. */
    private static final Duration LEAD = Duration.ofMinutes(10);

    private final long seed;
    private final Instant now;
    private final LocalDate yesterday;
    private final List<Sent> past = new ArrayList<>();
    private final Queue<Sent> lateWhileLive = new ArrayDeque<>();
    private final List<Sent> lateAfterwards = new ArrayList<>();

    LiveClicks(long seed, Instant now) {
        this.seed = seed;
        this.now = now;
        this.yesterday = LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(1);
        deal();
    }

    LocalDate yesterday() {
        return yesterday;
    }

    /** Deals the clicks since yesterday noon: of yesterday's a quarter comes late, and another quarter later. */
    private void deal() {
        Instant noon = now.truncatedTo(ChronoUnit.DAYS).minus(Duration.ofHours(12));
        Clicks.Disorder disorder =
                new Clicks.Disorder(0.05, Duration.ofHours(10), 0.03, Duration.ofHours(10), 0.05, 0.02);
        Clicks clicks = clicks(PAST_PER_SECOND, disorder);
        Iterator<Sent> all = ClickGenerator.of(clicks, noon);
        for (Sent sent = all.next(); sent.kafkaTimestampMs() < now.toEpochMilli(); sent = all.next()) {
            // All copies of an event go the same way.
            long way = isYesterdays(sent) ? sent.click().number() % 4 : -1;
            if (way == 0) {
                lateWhileLive.add(sent);
            } else if (way == 1) {
                lateAfterwards.add(sent);
            } else {
                past.add(sent);
            }
        }
    }

    private Clicks clicks(double perSecond, Clicks.Disorder disorder) {
        return Clicks.seeded(seed)
                .onPartitions(PARTITIONS)
                .with(new Clicks.Population(2_000, 1.1, 100, 30, 4, 20_000))
                .with(new Clicks.Traffic(perSecond, 0.3))
                .with(disorder);
    }

    private boolean isYesterdays(Sent sent) {
        return sent.fate() == Fate.ACCEPTED
                && LocalDate.ofInstant(Instant.ofEpochMilli(sent.click().eventTimeMs()), ZoneOffset.UTC)
                        .equals(yesterday);
    }

    /** What arrived in time. */
    List<Sent> past() {
        return past;
    }

    /** Clicks as they happen until {@code end}, every so often a late one of yesterday among them. */
    Iterator<Sent> liveUntil(Instant end) {
        Clicks.Disorder disorder =
                new Clicks.Disorder(0.10, Duration.ofHours(24), 0.03, Duration.ofHours(2), 0.05, 0.02);
        Iterator<Sent> live = ClickGenerator.of(clicks(LIVE_PER_SECOND, disorder), now.minus(LEAD));
        Instant began = Instant.now();
        long seconds = Math.max(1, Duration.between(began, end).toSeconds());
        double share = Math.min(0.5, lateWhileLive.size() / (LIVE_PER_SECOND * 0.8 * seconds));
        return new Iterator<>() {
            private Sent next = skip();
            private double due;

            private Sent skip() {
                Sent sent = live.next();
                while (sent.kafkaTimestampMs() < began.toEpochMilli()) {
                    sent = live.next();
                }
                return sent;
            }

            @Override
            public boolean hasNext() {
                return Instant.now().isBefore(end);
            }

            @Override
            public Sent next() {
                due += share;
                if (due >= 1 && !lateWhileLive.isEmpty()) {
                    due--;
                    return arrivingNow(lateWhileLive.remove());
                }
                Sent sent = next;
                next = live.next();
                return sent;
            }
        };
    }

    /** Yesterday's clicks that nobody has sent yet, arriving now. */
    Iterator<Sent> lateAfterwards() {
        return lateAfterwards.stream().map(LiveClicks::arrivingNow).iterator();
    }

    int lateAfterwardsCount() {
        return lateAfterwards.size();
    }

    private static Sent arrivingNow(Sent sent) {
        return new Sent(
                sent.partition(), System.currentTimeMillis(), sent.key(), sent.payload(), sent.click(), sent.fate());
    }
}
