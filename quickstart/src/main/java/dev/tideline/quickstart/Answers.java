package dev.tideline.quickstart;

import dev.tideline.embedded.ClickRollup;
import dev.tideline.embedded.ClickTruth;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What the views answer, in the form of the truth. */
public final class Answers {
    private Answers() {}

    public static String view(ClickRollup rollup, ClickRollup.Grain grain) {
        return rollup.name().toLowerCase(Locale.ROOT) + (grain == ClickRollup.Grain.MINUTE ? "_1m" : "_1h");
    }

    /** Rows that differ between the view and the truth: in one only, or with other numbers; sketches within 5 %. */
    public static List<String> differences(
            SparkSession spark, ClickTruth truth, ClickRollup rollup, ClickRollup.Grain grain) {
        String view = view(rollup, grain);
        String keys = String.join(", ", rollup.dimensions());
        Map<String, long[]> found = new HashMap<>();
        List<String> different = new ArrayList<>();
        for (Row row : spark.sql("SELECT window_start, " + keys + ", clicks, CAST(" + rollup.measure()
                        + " AS BIGINT) FROM " + view)
                .collectAsList()) {
            StringBuilder key =
                    new StringBuilder(row.getTimestamp(0).toInstant().toString());
            for (int i = 1; i <= rollup.dimensions().size(); i++) {
                key.append('|').append(row.isNullAt(i) ? "" : row.get(i));
            }
            int n = rollup.dimensions().size();
            if (found.put(key.toString(), new long[] {row.getLong(n + 1), row.isNullAt(n + 2) ? 0 : row.getLong(n + 2)})
                    != null) {
                different.add("twice: " + key);
            }
        }
        boolean sketch = rollup == ClickRollup.CLICKS_BY_SEGMENT;
        for (ClickRollup.Row row : truth.rows(rollup, grain)) {
            String key = row.windowStart() + "|" + String.join("|", row.dimensions());
            long[] answer = found.remove(key);
            if (answer == null) {
                different.add("missing: " + key + " " + row);
            } else if (answer[0] != row.clicks()
                    || !(sketch
                            ? Math.abs(answer[1] - row.value()) <= Math.ceil(0.05 * row.value())
                            : answer[1] == row.value())) {
                different.add("other: " + key + " clicks " + answer[0] + " value " + answer[1] + ", should be " + row);
            }
        }
        found.forEach((key, values) -> different.add("too much: " + key + " clicks " + values[0]));
        return different;
    }
}
