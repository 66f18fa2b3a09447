/** How Kafka is fed into the lake: the archive and the speed stream, each one record a micro-batch. */
package dev.tideline.streaming;
