/**
 * A model of the settlement protocol in memory: ledgers and tables as immutable bags of rows, and every process that reads
 * or writes them as a small state machine, so that a test can interleave them in any order. The decisions are made by the
 * product's planning code; only what Kafka and Delta do is modelled.
 */
package dev.tideline.protocol.model;
