package dev.tideline.ledger;

import java.util.List;
import java.util.function.LongPredicate;

/** Appends to a ledger's table; by Delta's transaction, and so with a session. */
public interface Appender {
    /**
     * Appends one row, and in its commit's metadata the record, unless another append of {@code app} comes first.
     *
     * @param number of the record among those of {@code app}
     * @param isNext asked once the transaction has begun, with the table's version at that moment: whether the record before
     *     this one is the last of {@code app}
     * @param columns for people, without the record
     * @return whether it stands; when not, nothing was written
     */
    boolean append(String record, String app, long number, LongPredicate isNext, List<Object> columns);
}
