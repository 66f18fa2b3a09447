/** Feeds as files declare them: schema, event identity, acceptance, rollups, retention; checked when loaded. */
package dev.tideline.feed;
