/**
 * The two kinds of ledger: append-only Delta tables whose records are all that readers see change. They are read from commits,
 * and from the table's snapshot by Delta Kernel: nothing here knows Spark.
 */
package dev.tideline.ledger;
