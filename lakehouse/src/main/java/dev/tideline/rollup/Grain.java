package dev.tideline.rollup;

import static org.apache.spark.sql.functions.date_from_unix_date;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.unix_micros;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Column;

/** How long a window is. Windows are UTC and start at multiples of their length since 1970, whatever the session's zone. */
public enum Grain {
    MINUTE("1m", 60_000_000L),
    HOUR("1h", 3_600_000_000L);

    private static final long DAY_MICROS = 86_400_000_000L;

    private final String suffix;
    private final long micros;

    Grain(String suffix, long micros) {
        this.suffix = suffix;
        this.micros = micros;
    }

    /** As in the name of a view: {@code clicks_by_ad_1m}. */
    public String suffix() {
        return suffix;
    }

    /** The start of the window that holds {@code time}. */
    public Column start(Column time) {
        return start(time, micros);
    }

    /** The start of the window of any {@code length} that holds {@code time}, aligned as all windows are. */
    public static Column start(Column time, Duration length) {
        return start(time, TimeUnit.MILLISECONDS.toMicros(length.toMillis()));
    }

    private static Column start(Column time, long micros) {
        Column at = unix_micros(time);
        return timestamp_micros(at.minus(pmod(at, lit(micros))));
    }

    /** The UTC date of {@code time}, in any session's zone. */
    public static Column date(Column time) {
        Column at = unix_micros(time);
        Column midnight = at.minus(pmod(at, lit(DAY_MICROS)));
        return date_from_unix_date(midnight.divide(lit((double) DAY_MICROS)).cast("int"));
    }
}
