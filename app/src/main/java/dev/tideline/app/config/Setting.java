package dev.tideline.app.config;

import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * One key and value of the configuration, and who said so.
 *
 * @param source how messages name where it stands
 * @param base the folder that a relative path is relative to
 */
public record Setting(String key, String value, String source, Path base) {
    private static final Pattern SECRET =
            Pattern.compile("(?i)secret|password|passphrase|token|credential|jaas|access[.-]?key|private[.-]?key");

    /** The value, or asterisks where the key is that of a secret. */
    String shown() {
        return shown(key, value);
    }

    static String shown(String key, String value) {
        return SECRET.matcher(key).find() ? "***" : value;
    }

    /** What is wrong with it, for a person: where, key, value, what would work. */
    String problem(String wanted) {
        return source + ": " + key + "=" + shown() + " (" + wanted + ")";
    }

    @Override
    public String toString() {
        return key + "=" + shown();
    }
}
