/** JSON records to typed columns, strictly: what does not fit is a mismatch with a reason, never a guess. */
package dev.tideline.decode.json;
