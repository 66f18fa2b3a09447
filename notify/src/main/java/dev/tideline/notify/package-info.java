/** Brings transitions from the topic to people, at least once each, by the channels that a file declares. */
package dev.tideline.notify;
