/**
 * Everything that reaches below the public API of Spark 4.2.0: row blocks, plans, rules, expressions, table functions. A Spark
 * upgrade begins by reading this package; ADR 10 says why it exists and what ends it.
 */
package dev.tideline.spark;
