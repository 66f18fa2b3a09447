/** Everything below Spark 4.2's public API: row blocks, plan rules, expressions. Each Spark upgrade begins here. */
package dev.tideline.spark;
