/** The tables of a lake by name, the session that writes them, and the row filters that readers and writers share. */
package dev.tideline.lake;
