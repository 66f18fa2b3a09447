package dev.tideline.settle.model;

import dev.tideline.settle.Day;
import dev.tideline.settle.DayEntry;

/** An entry of a day's ledger, and what all entries up to it add up to. */
record Entry(DayEntry entry, Day day) {}
