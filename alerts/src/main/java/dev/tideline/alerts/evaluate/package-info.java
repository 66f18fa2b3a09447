/** Evaluates rules over the serving views beside the running streams; its ledger is the commit point. */
package dev.tideline.alerts.evaluate;
