/** Tideline: event streams into trustworthy aggregates. What every layer shares about saying no. */
package dev.tideline;
