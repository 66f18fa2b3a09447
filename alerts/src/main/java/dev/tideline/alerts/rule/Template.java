package dev.tideline.alerts.rule;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text with {@code {{ $labels.name }}} and {@code {{ $value }}} in it, as in Prometheus' labels and annotations. */
public final class Template {
    private static final Pattern PLACE =
            Pattern.compile("\\{\\{\\s*\\$(value|labels\\.([a-zA-Z_][a-zA-Z0-9_]*))\\s*}}");
    /** Beyond it a number's digits say nothing that its exponent does not. */
    private static final double MOST_PLAIN = 1e21;

    private static final double LEAST_PLAIN = 1e-6;

    private Template() {}

    /** A label that there is not becomes nothing, a value that there is not {@code NaN}; numbers have all their digits. */
    public static String render(String text, Map<String, String> labels, Optional<Double> value) {
        return PLACE.matcher(text).replaceAll(place -> Matcher.quoteReplacement(value(place, labels, value)));
    }

    /** The text, or as much of it as {@code most} characters, and that it goes on. */
    public static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most) + "…";
    }

    /** What looks like a place and is none: empty when all is well. */
    public static Optional<String> problem(String text) {
        String rest = PLACE.matcher(text).replaceAll("");
        return rest.contains("{{") || rest.contains("}}")
                ? Optional.of("only {{ $labels.name }} and {{ $value }} can be put in")
                : Optional.empty();
    }

    private static String value(MatchResult place, Map<String, String> labels, Optional<Double> value) {
        return place.group(2) == null
                ? value.map(Template::number).orElse("NaN")
                : labels.getOrDefault(place.group(2), "");
    }

    private static String number(double value) {
        double size = Math.abs(value);
        return size == 0 || (LEAST_PLAIN <= size && size < MOST_PLAIN)
                ? BigDecimal.valueOf(value).stripTrailingZeros().toPlainString()
                : String.valueOf(value);
    }
}
