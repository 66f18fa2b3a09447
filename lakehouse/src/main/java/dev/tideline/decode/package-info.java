/** From Kafka records to events: strict decoding, acceptance, and which of several duplicates wins. Rows in, rows out. */
package dev.tideline.decode;
