package dev.tideline.embedded;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Iterator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * An endless sequence of clicks as they arrive at Kafka: late, repeated, broken, in the order in which they are sent.
 * It knows no clock and sends nothing; {@link ClickSender} does. Not for several threads: give each its own seed.
 */
public final class ClickGenerator implements Iterator<Sent> {
    private static final long SECOND = 1000;
    private static final long HOUR = 3_600_000;
    private static final long DAY = 24 * HOUR;
    private static final double COPIES_PER_REPEATED_EVENT = 1.25;
    private static final Fate[] REFUSALS = {
        Fate.NOT_JSON,
        Fate.MISSING_FIELD,
        Fate.MISTYPED_FIELD,
        Fate.NEGATIVE_COST,
        Fate.TOO_LATE,
        Fate.FROM_FUTURE,
        Fate.TRAILING_GARBAGE,
        Fate.NULL_PAYLOAD
    };

    private final Clicks clicks;
    private final Clicks.Disorder disorder;
    private final double repeatChance;
    private final SplittableRandom random;
    private final ClickCast cast;
    private final ClickJson json;
    private final Timeline timeline;
    private final PriorityQueue<Copy> copies =
            new PriorityQueue<>(Comparator.comparingLong(Copy::dueMs).thenComparingLong(Copy::order));

    private long number;
    private long planned;

    private ClickGenerator(Clicks clicks, Instant start) {
        this.clicks = clicks;
        this.disorder = clicks.disorder();
        this.repeatChance = disorder.duplicated() / (1 - disorder.duplicated()) / COPIES_PER_REPEATED_EVENT;
        this.random = new SplittableRandom(clicks.seed());
        this.cast = new ClickCast(clicks, random);
        this.json = new ClickJson(random);
        this.timeline = new Timeline(clicks.traffic(), start.toEpochMilli(), random);
    }

    /** The clicks that arrive from {@code start} on. */
    public static ClickGenerator of(Clicks clicks, Instant start) {
        return new ClickGenerator(clicks, start);
    }

    /** The next {@code count} clicks. */
    public Stream<Sent> stream(long count) {
        return Stream.generate(this::next).limit(count);
    }

    @Override
    public boolean hasNext() {
        return true;
    }

    @Override
    public Sent next() {
        long nowMs = timeline.next();
        Copy due = copies.peek();
        if (due != null && due.dueMs() <= nowMs) {
            return repeat(copies.remove(), nowMs);
        }
        return original(nowMs);
    }

    private Sent original(long nowMs) {
        // Clients stamp their records: one in a hundred has a clock that is up to two seconds slow.
        long kafkaMs = chance(0.01) ? nowMs - random.nextLong(2 * SECOND) : nowMs;
        Click click = cast.click(number++, kafkaMs - delay());
        int partition = random.nextInt(clicks.partitions());
        if (chance(repeatChance)) {
            int count = chance(0.125) ? 3 : 1;
            for (int i = 0; i < count; i++) {
                plan(click, kafkaMs, partition, nowMs);
            }
        }
        if (chance(repeatChance / 10)) {
            plan(click.at(click.eventTimeMs() - DAY), kafkaMs, partition, nowMs);
        }
        return sent(click, partition, kafkaMs);
    }

    /** How long before its Kafka timestamp a click happened; one in a hundred clocks is up to half an hour fast. */
    private long delay() {
        if (chance(disorder.late())) {
            return between(5 * SECOND, disorder.maxLate());
        }
        return chance(0.01) ? -random.nextLong(HOUR / 2) : random.nextLong(3 * SECOND);
    }

    private void plan(Click click, long kafkaMs, int partition, long nowMs) {
        long delay = chance(0.5) ? random.nextLong(30 * SECOND) : between(30 * SECOND, disorder.maxCopyDelay());
        copies.add(new Copy(nowMs + delay, planned++, changed(click), kafkaMs, partition));
    }

    /** Most copies are exact. Some cost something else, are judged otherwise or moved within their UTC date. */
    private Click changed(Click click) {
        int draw = random.nextInt(20);
        if (draw < 3) {
            return click.costing(cast.cost());
        }
        if (draw < 5) {
            return click.judged(!click.isValid());
        }
        if (draw < 7) {
            long sinceMidnight = Math.floorMod(click.eventTimeMs(), DAY);
            return click.at(click.eventTimeMs() - random.nextLong(1 + Math.min(sinceMidnight, HOUR)));
        }
        return click;
    }

    /** A copy keeps its partition or not; it is stamped now, like its original, or even just before it. */
    private Sent repeat(Copy copy, long nowMs) {
        int partition = chance(0.5) ? copy.partition() : random.nextInt(clicks.partitions());
        long kafkaMs = switch (random.nextInt(8)) {
            case 0 -> copy.kafkaMs() - 1 - random.nextLong(SECOND);
            case 1, 2 -> copy.kafkaMs();
            default -> nowMs;
        };
        return sent(copy.click(), partition, kafkaMs);
    }

    private Sent sent(Click meant, int partition, long kafkaMs) {
        Fate fate = chance(disorder.rejected()) ? refusal() : Fate.ACCEPTED;
        Click click = switch (fate) {
            case NEGATIVE_COST -> meant.costing(-1 - meant.costMicros());
            case TOO_LATE -> meant.at(kafkaMs - Clicks.ACCEPTED_LATE.toMillis() - beyond());
            case FROM_FUTURE -> meant.at(kafkaMs + Clicks.ACCEPTED_FUTURE.toMillis() + beyond());
            default -> meant;
        };
        byte[] eventId = ClickJson.eventId(clicks.seed(), click.number());
        return new Sent(partition, kafkaMs, eventId, json.payload(click, eventId, fate), click, fate);
    }

    private Fate refusal() {
        return chance(1 / 256.0) ? Fate.OVERSIZED : REFUSALS[random.nextInt(REFUSALS.length)];
    }

    /** How far beyond a bound, in milliseconds: a minute to two days. */
    private long beyond() {
        return between(60 * SECOND, Duration.ofDays(2));
    }

    /** Milliseconds whose logarithm is uniform: as often between a minute and ten as between an hour and ten. */
    private long between(long leastMs, Duration most) {
        return (long) (leastMs * Math.pow((double) most.toMillis() / leastMs, random.nextDouble()));
    }

    private boolean chance(double share) {
        return random.nextDouble() < share;
    }

    /** A repetition to come; {@code order} keeps those of one millisecond in the order in which they were planned. */
    private record Copy(long dueMs, long order, Click click, long kafkaMs, int partition) {}

    /** Arrival times: independent of each other, at a rate that follows the hour of the day. */
    private static final class Timeline {
        private static final long STEP = 60 * SECOND;

        private final Clicks.Traffic traffic;
        private final SplittableRandom random;
        private double nowMs;
        private double meanGapMs;
        private long gapUntilMs;

        Timeline(Clicks.Traffic traffic, long startMs, SplittableRandom random) {
            this.traffic = traffic;
            this.random = random;
            this.nowMs = startMs;
            this.gapUntilMs = startMs;
        }

        long next() {
            if (nowMs >= gapUntilMs) {
                double turn = (nowMs % DAY - 9 * HOUR) / DAY * 2 * Math.PI;
                meanGapMs = 1000 / (traffic.perSecond() * (1 + traffic.dailySwing() * Math.sin(turn)));
                gapUntilMs = (long) nowMs + STEP;
            }
            nowMs -= meanGapMs * Math.log(1 - random.nextDouble());
            return (long) nowMs;
        }
    }
}
