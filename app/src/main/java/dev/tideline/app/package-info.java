/** The {@code tideline} command: configuration, a session, and one class for each subcommand. */
package dev.tideline.app;
