/**
 * What a first run needs on one machine: a broker, an object store, real host metrics and clicks whose true answer is
 * known. Uses nothing else of the project and never reaches a cluster's classpath.
 */
package dev.tideline.embedded;
