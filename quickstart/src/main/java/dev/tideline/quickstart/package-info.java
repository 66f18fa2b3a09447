/** Everything on one machine: embedded Kafka and S3, the streams, generated clicks, and a verdict. */
package dev.tideline.quickstart;
