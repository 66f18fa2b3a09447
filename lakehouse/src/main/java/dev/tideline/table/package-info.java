/** The Delta tables of a lake: what is appended to them, rewritten and read, in a session. */
package dev.tideline.table;
