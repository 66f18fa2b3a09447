package dev.tideline.spark;

/** The accepted rows of a micro-batch are of more event dates than a {@link ByteBudget} allows; nothing has been written of any. */
public final class TooManyDates extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int dates;
    private final int most;

    /** They are of {@code dates}, and may be of {@code most}. */
    public TooManyDates(int dates, int most) {
        super("its events are of " + dates + " dates, which is more than " + most);
        this.dates = dates;
        this.most = most;
    }

    /** The part of its records that are of as many dates as are allowed, if each were of another one: more than 0, less than 1. */
    public double part() {
        return (double) most / dates;
    }
}
