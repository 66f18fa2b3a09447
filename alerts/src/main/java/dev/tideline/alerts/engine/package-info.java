/** What a rule says of a series of windows: pure functions of rows, no clock, no session. */
package dev.tideline.alerts.engine;
