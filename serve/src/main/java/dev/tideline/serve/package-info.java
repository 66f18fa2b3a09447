/** The views for clients that are no Spark jobs: a Thrift server for JDBC, Spark Connect for notebooks, HTTP for applications. */
package dev.tideline.serve;
