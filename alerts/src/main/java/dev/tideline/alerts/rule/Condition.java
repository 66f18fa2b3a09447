package dev.tideline.alerts.rule;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A comparison of an instance's value with a number, such as {@code > 0.9}. A value that is not a number satisfies none. */
public record Condition(Operator operator, double threshold) {
    private static final Pattern TEXT =
            Pattern.compile("\\s*(>=|<=|==|!=|>|<)\\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\\s*");

    /** As Prometheus writes them. */
    public enum Operator {
        ABOVE(">"),
        AT_LEAST(">="),
        BELOW("<"),
        AT_MOST("<="),
        EQUAL("=="),
        DIFFERENT("!=");

        private final String text;

        Operator(String text) {
            this.text = text;
        }
    }

    /** Empty when {@code text} is no condition. */
    public static Optional<Condition> parse(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        try {
            double threshold = Double.parseDouble(parts.group(2));
            return Arrays.stream(Operator.values())
                    .filter(operator -> operator.text.equals(parts.group(1)))
                    .map(operator -> new Condition(operator, threshold))
                    .findFirst();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    public boolean holds(double value) {
        return switch (operator) {
            case ABOVE -> value > threshold;
            case AT_LEAST -> value >= threshold;
            case BELOW -> value < threshold;
            case AT_MOST -> value <= threshold;
            case EQUAL -> value == threshold;
            case DIFFERENT -> value != threshold && !Double.isNaN(value);
        };
    }

    /** Whether events that are still to come can only make it hold, not undo it, where values count up. */
    public boolean isRaisedByMore() {
        return operator == Operator.ABOVE || operator == Operator.AT_LEAST;
    }

    @Override
    public String toString() {
        return operator.text + " " + threshold;
    }
}
