package dev.tideline.ledger;

import java.time.LocalDate;
import java.util.List;

/**
 * When the speed layer began to compute a rollup as it is defined now, if not with its first micro-batch.
 *
 * @param seq the first micro-batch that did
 * @param earlier the days (UTC) that had events before it, of which the rollup's speed table does not hold all
 */
public record Introduced(long seq, List<LocalDate> earlier) {}
