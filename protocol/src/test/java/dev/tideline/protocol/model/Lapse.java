package dev.tideline.protocol.model;

/** One way to break one of the rules of docs/PROTOCOL.md; the checker must find what comes of it. */
enum Lapse {
    /** Rule 1: a plain append. */
    BOTH_RECORDS_STAND,
    /** Rule 1: the append that Delta skipped is taken for done. */
    RECORD_IS_NOT_READ_BACK,
    /** Rule 1: after a lost race the entry is appended without making the checks again. */
    ENTRY_IS_APPENDED_UNCHECKED,
    /** Rule 2. */
    RETRIES_UNDER_THE_SAME_RUN,
    /** Rule 3: for each partition the last offset that both streams have read. */
    HORIZON_FOR_EACH_PARTITION,
    /** Rule 3: the last recorded cut, wherever the archive is. */
    HORIZON_IS_NOT_COVERED,
    /** Rule 3: the archive's cut. */
    HORIZON_IS_NOT_RECORDED,
    /** Rule 3: a partition that the archive does not know counts as covered. */
    UNKNOWN_PARTITION_IS_COVERED,
    /** Rule 4. */
    RECOMPUTE_READS_RAW_BEFORE_PROGRESS,
    /** Rule 4. */
    READER_DOES_NOT_READ_DAYS_AGAIN,
    /** Rule 4. */
    READER_PINS_SPEED_BEFORE_PROGRESS,
    /** Rule 4. */
    READER_PINS_BATCH_BEFORE_DAYS,
    /** Rule 5. */
    PUBLISHES_BELOW_THE_HORIZON,
    /** Rule 5. */
    PUBLISHES_INSIDE_A_FOLD,
    /** Rule 5. */
    PUBLISHES_WHAT_WAS_RETIRED,
    /** Rules 5 and 8. */
    PUBLISHES_A_SEALED_DAY,
    /** Rule 6. */
    FOLDS_BEFORE_ANNOUNCING,
    /** Rule 6. */
    FOLDS_ACROSS_HORIZONS,
    /** Rule 6: beyond the published horizon only, not beyond those kept for rollback. */
    FOLDS_ACROSS_A_KEPT_HORIZON,
    /** Rule 6: as if no recompute had said at which horizon it will publish. */
    FOLDS_ACROSS_AN_INTENT,
    /** Rule 6: the recompute says nothing before it begins. */
    INTENDS_NOTHING,
    /** Rule 6: the recompute does not look at the folds that were announced before. */
    INTENDS_INSIDE_A_FOLD,
    /** Rule 6: the rewrite deletes in one commit and appends in the next. */
    FOLDS_IN_TWO_COMMITS,
    /** Rule 6: without the transaction that makes a late rewrite a no-op. */
    FOLDS_WITHOUT_A_TRANSACTION,
    /** Rule 6: up to the last record, wherever the archive is. */
    FOLDS_BEYOND_THE_ARCHIVE,
    /** Rule 7. */
    DELETES_BEFORE_ANNOUNCING,
    /** Rule 7. */
    ROLLS_BACK_BELOW_THE_FLOOR,
    /** Rule 7. */
    ROLLS_BACK_TO_WHAT_WAS_RETIRED,
    /** Rule 7. */
    PRUNES_BY_AGE,
    /** Rule 8: only a catch-up can miss them. */
    DROPS_RAW_BEYOND_THE_HORIZON,
    /** Rule 8: raw rows are dropped before the entry. */
    DROPS_RAW_BEFORE_SEALING,
    /** Rule 9. */
    CATCHES_UP_WITH_AN_ARCHIVE_BEHIND,
    /** Rule 10. */
    PUBLISHES_A_HELD_DAY
}
