/** Rule tests: declared rows in, expected alerts out, without Kafka or a lake. */
package dev.tideline.alerts.check;
