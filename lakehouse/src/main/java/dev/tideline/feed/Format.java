package dev.tideline.feed;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.types.DataType;

/** How a topic's records spell an event. */
public enum Format {
    /** One JSON object a record. */
    JSON {
        @Override
        Optional<String> unsupported(DataType type) {
            return JsonTypes.unsupported(type);
        }

        @Override
        String supported() {
            return JsonTypes.SUPPORTED;
        }
    };

    /** The part of {@code type} that has no form in this format, as SQL. */
    abstract Optional<String> unsupported(DataType type);

    /** The types that have one, for people. */
    abstract String supported();

    /** As feed files spell it: {@code json}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Format> parse(String text) {
        return Arrays.stream(values()).filter(f -> f.text().equals(text)).findFirst();
    }
}
