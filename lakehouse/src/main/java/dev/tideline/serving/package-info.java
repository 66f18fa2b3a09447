/** The serving view: what the batch has settled and what is still fresh, merged so that every accepted event counts once. */
package dev.tideline.serving;
