package dev.tideline.spark;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * One question that can be asked of several views.
 *
 * @param text SQL with {@code %s} for the view
 */
record Question(String text) {
    String of(String view) {
        return text.replace("%s", view);
    }

    /** Its answer as text, in no order but its own. */
    List<String> answer(SparkSession spark, String view) {
        return spark.sql(of(view)).collectAsList().stream()
                .map(Row::toString)
                .sorted()
                .toList();
    }
}
