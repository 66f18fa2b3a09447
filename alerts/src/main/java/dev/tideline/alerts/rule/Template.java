package dev.tideline.alerts.rule;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text with {@code {{ $labels.name }}} and {@code {{ $value }}} in it, as in Prometheus' labels and annotations. */
public final class Template {
    private static final Pattern PLACE =
            Pattern.compile("\\{\\{\\s*\\$(value|labels\\.([a-zA-Z_][a-zA-Z0-9_]*))\\s*}}");
    private static final MathContext DIGITS = new MathContext(6);

    private Template() {}

    /** A label that there is not becomes nothing, a value that there is not {@code NaN}; numbers get six digits. */
    public static String render(String text, Map<String, String> labels, Optional<Double> value) {
        return PLACE.matcher(text).replaceAll(place -> Matcher.quoteReplacement(value(place, labels, value)));
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
        return Double.isFinite(value)
                ? new BigDecimal(value, DIGITS).stripTrailingZeros().toPlainString()
                : String.valueOf(value);
    }
}
