package dev.tideline.feed;

import org.apache.spark.sql.types.DataType;

/** A column that a rollup groups by: a field of the event, or an expression over its fields. */
public record Dimension(String name, String expression, DataType type) {}
