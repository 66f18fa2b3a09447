/** One class per command. */
package dev.tideline.app.commands;
