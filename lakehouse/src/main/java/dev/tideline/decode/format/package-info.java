/** What every format of records shares: why a record is refused. */
package dev.tideline.decode.format;
