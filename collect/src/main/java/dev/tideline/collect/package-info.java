/** Metrics of this machine, the JVM and Kafka, sent to a topic. */
package dev.tideline.collect;
