package dev.tideline.quickstart;

import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.Clicks;
import dev.tideline.embedded.Fate;
import dev.tideline.embedded.Sent;
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
 * The clicks of a stack on this machine: the past as it should have arrived, those of yesterday that come late, some while
 * live ones are sent and some afterwards, and the live ones.
 */
final class LiveClicks {
    private static final int PARTITIONS = 4;
    /** Live clicks count on from here, so that their ids are others than those of the past. */
    private static final Duration LEAD = Duration.ofMinutes(10);
    /** What the shipped rules compare with, and some minutes. */
    private static final Duration COMPARED = Duration.ofMinutes(75);

    private static final double MOST_OF_THE_PAST = 25;

    private final long liveSeed;
    private final double livePerSecond;
    private final Instant now;
    private final LocalDate yesterday;
    private final List<Sent> past = new ArrayList<>();
    private final Queue<Sent> lateWhileLive = new ArrayDeque<>();
    private final List<Sent> lateAfterwards = new ArrayList<>();

    private LiveClicks(long liveSeed, double livePerSecond, Instant now) {
        this.liveSeed = liveSeed;
        this.livePerSecond = livePerSecond;
        this.now = now;
        this.yesterday = LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(1);
    }

    /** For a quickstart, all of one seed: since yesterday noon, half of yesterday's late; live ones by the hundred. */
    static LiveClicks ofAQuickstart(long seed, Instant now) {
        LiveClicks clicks = new LiveClicks(seed, 150, now);
        clicks.deal(seed, clicks.midnightBefore(Duration.ofHours(12)), now, 0.2, 4);
        return clicks;
    }

    /**
     * For a stack that somebody looks at: all of yesterday, a tenth of it late, and {@code perSecond} live ones. The hour before
     * them has a third as many, so that no ad has suddenly five times its usual clicks.
     */
    static LiveClicks sinceYesterday(long seed, Instant now, double perSecond) {
        LiveClicks clicks = new LiveClicks(seed + 1, perSecond, now);
        Instant lastHour = now.minus(COMPARED);
        clicks.deal(seed, clicks.midnightBefore(Duration.ofDays(1)), lastHour, Math.min(0.15, perSecond), 20);
        clicks.deal(seed + 2, lastHour, now, Math.min(MOST_OF_THE_PAST, Math.max(0.15, perSecond / 3)), 20);
        return clicks;
    }

    /** Live ones alone. */
    static LiveClicks fromNow(long seed, Instant now, double perSecond) {
        return new LiveClicks(seed, perSecond, now);
    }

    LocalDate yesterday() {
        return yesterday;
    }

    /**
     * Deals the clicks of the past that arrived in [{@code since}, {@code until}).
     *
     * @param ways of so many clicks of yesterday one comes late, and another one later
     */
    private void deal(long seed, Instant since, Instant until, double perSecond, int ways) {
        Clicks.Disorder disorder =
                new Clicks.Disorder(0.05, Duration.ofHours(10), 0.03, Duration.ofHours(10), 0.05, 0.02);
        Iterator<Sent> all = ClickGenerator.of(clicks(seed, perSecond, disorder), since);
        for (Sent sent = all.next(); sent.kafkaTimestampMs() < until.toEpochMilli(); sent = all.next()) {
            // All copies of an event go the same way.
            long way = isYesterdays(sent) ? sent.click().number() % ways : -1;
            if (way == 0) {
                lateWhileLive.add(sent);
            } else if (way == 1) {
                lateAfterwards.add(sent);
            } else {
                past.add(sent);
            }
        }
    }

    private Instant midnightBefore(Duration earlier) {
        return now.truncatedTo(ChronoUnit.DAYS).minus(earlier);
    }

    private static Clicks clicks(long seed, double perSecond, Clicks.Disorder disorder) {
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
        long seconds = Math.max(1, Duration.between(Instant.now(), end).toSeconds());
        return live(lateWhileLive, Math.min(0.5, lateWhileLive.size() / (livePerSecond * 0.8 * seconds)), end);
    }

    /** Clicks as they happen, without an end, and after each a late one of yesterday until all have come. */
    Iterator<Sent> live() {
        Queue<Sent> late = new ArrayDeque<>(lateWhileLive);
        late.addAll(lateAfterwards);
        return live(late, 0.5, Instant.MAX);
    }

    /**
     * @param share of records that are taken from {@code late} as long as there are some
     */
    private Iterator<Sent> live(Queue<Sent> late, double share, Instant end) {
        Clicks.Disorder disorder =
                new Clicks.Disorder(0.10, Duration.ofHours(24), 0.03, Duration.ofHours(2), 0.05, 0.02);
        Iterator<Sent> live = ClickGenerator.of(clicks(liveSeed, livePerSecond, disorder), now.minus(LEAD));
        Instant began = Instant.now();
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
                if (due >= 1 && !late.isEmpty()) {
                    due--;
                    return arrivingNow(late.remove());
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
