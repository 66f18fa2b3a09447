package dev.tideline.embedded;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What the clicks of a {@link ClickGenerator} are like. The same options, start and count give the same bytes.
 *
 * @param seed decides every draw
 * @param partitions of the topic that the clicks are meant for
 */
public record Clicks(long seed, int partitions, Population population, Traffic traffic, Disorder disorder) {
    /** What the clicks feed accepts: at most this much older than the Kafka timestamp. */
    static final Duration ACCEPTED_LATE = Duration.ofDays(7);

    /** What the clicks feed accepts: at most this much younger than the Kafka timestamp. */
    static final Duration ACCEPTED_FUTURE = Duration.ofHours(1);

    public Clicks {
        Problems problems = new Problems();
        problems.require(partitions >= 1, "partitions must be at least 1", partitions);
        problems.throwIfAny();
    }

    /** Clicks of a small shop window: 4 partitions, every kind of disorder, about 100 a second. */
    public static Clicks seeded(long seed) {
        return new Clicks(
                seed,
                4,
                new Population(20_000, 1.05, 500, 30, 4, 50_000),
                new Traffic(100, 0.5),
                new Disorder(0.05, Duration.ofDays(3), 0.03, Duration.ofDays(2), 0.05, 0.01));
    }

    public Clicks onPartitions(int count) {
        return new Clicks(seed, count, population, traffic, disorder);
    }

    public Clicks with(Population other) {
        return new Clicks(seed, partitions, other, traffic, disorder);
    }

    public Clicks with(Traffic other) {
        return new Clicks(seed, partitions, population, other, disorder);
    }

    public Clicks with(Disorder other) {
        return new Clicks(seed, partitions, population, traffic, other);
    }

    /**
     * Who clicks on what. Each ad belongs to one campaign.
     *
     * @param adSkew how fast the popularity of ads falls with their rank: 0 is uniform, 1 is Zipf's law
     */
    public record Population(int ads, double adSkew, int campaigns, int countries, int devices, int users) {
        public Population {
            Problems problems = new Problems();
            problems.require(ads >= 1, "ads must be at least 1", ads);
            problems.require(adSkew >= 0 && adSkew <= 3, "adSkew must be within 0 and 3", adSkew);
            problems.require(campaigns >= 1, "campaigns must be at least 1", campaigns);
            problems.require(
                    countries >= 1 && countries <= ClickCast.COUNTRIES.size(),
                    "countries must be within 1 and " + ClickCast.COUNTRIES.size(),
                    countries);
            problems.require(
                    devices >= 1 && devices <= ClickCast.DEVICES.size(),
                    "devices must be within 1 and " + ClickCast.DEVICES.size(),
                    devices);
            problems.require(users >= 1, "users must be at least 1", users);
            problems.throwIfAny();
        }
    }

    /**
     * How many clicks there are over a UTC day: least at 03:00, most at 15:00.
     *
     * @param perSecond mean over the day
     * @param dailySwing 0 is the same at all hours; 0.5 swings between half and one and a half times the mean
     */
    public record Traffic(double perSecond, double dailySwing) {
        public Traffic {
            Problems problems = new Problems();
            problems.require(perSecond > 0 && perSecond <= 1e9, "perSecond must be within 0 and 1e9", perSecond);
            problems.require(dailySwing >= 0 && dailySwing < 1, "dailySwing must be from 0 to below 1", dailySwing);
            problems.throwIfAny();
        }
    }

    /**
     * How far the clicks are from tidy; all shares are within 0 and 1.
     *
     * @param late share of events that arrive 5 s to {@code maxLate} after they happened; all others within seconds
     * @param duplicated share of records that repeat an earlier event on the same UTC date, half of them within 30 s,
     *     half up to {@code maxCopyDelay} later, some with other content; a tenth as many more take over the id of an
     *     event of the next UTC date, which makes them events of their own
     * @param invalid share of events whose {@code is_valid} is false
     * @param rejected share of records that the feed must refuse, for each {@link Fate} about as often (oversized ones
     *     far less)
     */
    public record Disorder(
            double late, Duration maxLate, double duplicated, Duration maxCopyDelay, double invalid, double rejected) {
        /** A copy can be set back to the day before, and by an hour for its clock. */
        private static final Duration SLACK = Duration.ofHours(26);

        public static final Disorder NONE = new Disorder(0, Duration.ofDays(1), 0, Duration.ofDays(1), 0, 0);

        public Disorder {
            Problems problems = new Problems();
            problems.requireShare("late", late);
            problems.requireShare("duplicated", duplicated);
            problems.require(duplicated <= 0.5, "duplicated must be at most 0.5", duplicated);
            problems.requireShare("invalid", invalid);
            problems.requireShare("rejected", rejected);
            problems.require(
                    maxLate.compareTo(Duration.ofMinutes(1)) >= 0, "maxLate must be at least a minute", maxLate);
            problems.require(
                    maxCopyDelay.compareTo(Duration.ofMinutes(1)) >= 0,
                    "maxCopyDelay must be at least a minute",
                    maxCopyDelay);
            problems.require(
                    maxLate.plus(maxCopyDelay).plus(SLACK).compareTo(ACCEPTED_LATE) <= 0,
                    "maxLate + maxCopyDelay must be at most 142 h, or late copies would be too late for the feed",
                    maxLate.plus(maxCopyDelay));
            problems.throwIfAny();
        }
    }

    /** All problems of a record at once. */
    private static final class Problems {
        private final List<String> found = new ArrayList<>();

        void require(boolean met, String rule, Object value) {
            if (!met) {
                found.add("%s, not %s".formatted(rule, value));
            }
        }

        void requireShare(String name, double value) {
            require(value >= 0 && value <= 1, name + " must be within 0 and 1", value);
        }

        void throwIfAny() {
            if (!found.isEmpty()) {
                throw new IllegalArgumentException("Cannot generate clicks: " + String.join("; ", found));
            }
        }
    }
}
