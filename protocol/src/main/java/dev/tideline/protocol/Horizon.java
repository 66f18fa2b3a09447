package dev.tideline.protocol;

/**
 * A recorded cut of the speed layer at which a day is settled: the batch answers for every event below {@code cut}, the
 * speed layer for every later {@code seq}. One cut over all partitions, never a boundary for each.
 */
public record Horizon(long seq, Cut cut) {}
