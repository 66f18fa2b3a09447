/** The measured comparisons behind docs/PERFORMANCE.md. */
package dev.tideline.bench;
