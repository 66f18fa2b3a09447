/** The two kinds of ledger: append-only Delta tables whose records are all that readers see change. */
package dev.tideline.ledger;
