/** Long-running parts of a process, and how they end. */
package dev.tideline.app.process;
