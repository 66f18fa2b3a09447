package dev.tideline.spark;

/** The rows of one task are larger than its share of a {@link ByteBudget}; nothing has been made of any of them. */
public final class TooManyBytes extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int partition;
    private final long rows;

    TooManyBytes(int partition, long rows, long share) {
        super(rows + " records of partition " + partition + " take more than " + share + " bytes");
        this.partition = partition;
        this.rows = rows;
    }

    /** The Kafka partition that it read. */
    public int partition() {
        return partition;
    }

    /** How many rows were too many. */
    public long rows() {
        return rows;
    }
}
