package dev.tideline.protocol.model;

import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;

/** An entry of a day's ledger, and what all entries up to it add up to. */
record Entry(DayEntry entry, Day day) {}
