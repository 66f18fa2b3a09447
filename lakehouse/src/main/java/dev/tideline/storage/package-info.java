/**
 * How the lake's files are written and listed where several drivers share one store. Knows Delta's log and Hadoop's file
 * systems, nothing of feeds or days.
 */
package dev.tideline.storage;
