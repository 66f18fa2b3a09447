package dev.tideline.bench;

/**
 * How much is measured.
 *
 * @param clicks sent to Kafka for the rows about throughput
 * @param samples of metrics sent to Kafka
 * @param series that they belong to
 * @param rounds after the one that warms up
 * @param day clicks of the day that is recomputed
 * @param batches micro-batches of the soak, on each lake
 * @param past micro-batches that an old lake has behind it
 * @param seconds how long freshness is watched, and how often each question is asked
 * @param live seconds that each rate is watched
 */
record Size(long clicks, long samples, int series, int rounds, long day, int batches, int past, int seconds, int live) {
    /** Of micro-batches at a trigger of 5 s. */
    private static final int A_DAY = 17_280;

    static final Size QUICK = new Size(60_000, 60_000, 10_000, 1, 60_000, 8, A_DAY, 4, 8);
    static final Size FULL = new Size(2_000_000, 2_000_000, 100_000, 3, 10_000_000, 400, A_DAY, 40, 36);
    /** For the soak alone: as many micro-batches on one lake, of 500 clicks each. */
    static final Size SOAK = new Size(5_200_000, 0, 0, 0, 0, 10_000, 0, 10, 0);

    /** Whether every second counts: warming up, checks and rates are as few as will do. */
    boolean quick() {
        return rounds == 1;
    }

    /** Whether a lake is made old by as many micro-batches, rather than by a past that is put into it. */
    boolean soaks() {
        return past == 0;
    }
}
