/** Where commands answer, and in which form. */
package dev.tideline.app.output;
