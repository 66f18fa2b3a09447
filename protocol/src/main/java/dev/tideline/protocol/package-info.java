/**
 * The protocol: what a reader may see, which horizon a recompute may settle, what may be folded, retired or sealed.
 * Pure functions of ledger records; no Spark, no clock, no reading or writing.
 */
package dev.tideline.protocol;
