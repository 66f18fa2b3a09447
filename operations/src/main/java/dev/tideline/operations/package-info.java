/** How a feed is doing: topics, lag, completeness, dirty days, status. */
package dev.tideline.operations;
