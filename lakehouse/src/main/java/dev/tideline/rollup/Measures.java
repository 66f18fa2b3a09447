package dev.tideline.rollup;

import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NumericType;

/** Reads a measure's declaration: {@code function(argument)}, and {@code where condition} if it is to count some events only. */
public final class Measures {
    private static final Pattern HEAD = Pattern.compile("\\s*([a-z]+)\\s*\\(");
    private static final Pattern WHERE =
            Pattern.compile("\\s*(?:where\\s+(.+))?", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern TOP = Pattern.compile("(.+),\\s*(\\d{1,4})\\s*", Pattern.DOTALL);
    private static final int MAX_SUM_PRECISION = 28;

    private static final String FAMILY =
            "count(), sum(x), min(x), max(x), first(x), last(x), distinct(x), quantiles(x), top(x, 10)";

    private Measures() {}

    /** What a declaration is made of, unchecked: {@code function(argument) where condition}. */
    public record Declared(String function, String argument, Optional<String> where) {
        /**
         * The parts of {@code text}.
         *
         * @throws IllegalArgumentException when it has none
         */
        public static Declared of(String text) {
            Matcher head = HEAD.matcher(text);
            int close = head.lookingAt() ? closing(text, head.end() - 1) : -1;
            Matcher tail = close < 0 ? null : WHERE.matcher(text.substring(close + 1));
            if (tail == null || !tail.matches()) {
                throw new IllegalArgumentException(
                        "is not a measure (one of " + FAMILY + ", each with an optional where …)");
            }
            return new Declared(
                    head.group(1),
                    text.substring(head.end(), close).trim(),
                    Optional.ofNullable(tail.group(1)).map(String::trim));
        }

        /** The expression that it measures: its argument, without the number of {@code top}. */
        public String measured() {
            Matcher sized = TOP.matcher(argument);
            return function.equals("top") && sized.matches() ? sized.group(1).trim() : argument;
        }
    }

    /**
     * The measure that {@code text} declares.
     *
     * @param typeOf the type of an expression over the event's fields; throws IllegalArgumentException saying what is wrong
     * @throws IllegalArgumentException saying what is wrong with the declaration and what would work
     */
    public static Measure parse(String name, String text, Function<String, DataType> typeOf) {
        Declared declared = Declared.of(text);
        String function = declared.function();
        String argument = declared.argument();
        Optional<String> where = declared.where();
        where.ifPresent(w -> requireBoolean(w, typeOf));
        if (function.equals("count")) {
            if (!argument.isEmpty()) {
                throw new IllegalArgumentException(
                        "count takes no argument (count(), or count() where " + argument + " is not null)");
            }
            return new Count(name, text, where);
        }
        if (argument.isEmpty()) {
            throw new IllegalArgumentException(function + " needs an argument (" + function + "(field))");
        }
        return switch (function) {
            case "sum" -> new Sum(name, text, argument, summable(argument, typeOf.apply(argument)), where);
            case "min", "max" ->
                new MinMax(name, text, function, withOneZero(argument, typeOf), typeOf.apply(argument), where);
            case "first", "last" ->
                new FirstLast(name, text, function.equals("last"), orderable(argument, typeOf), where);
            case "distinct" -> new Distinct(name, text, withOneZero(argument, typeOf), typeOf.apply(argument), where);
            case "quantiles" -> new Quantiles(name, text, withOneZero(numeric(argument, typeOf), typeOf), where);
            case "top" -> top(name, text, argument, typeOf, where);
            default -> throw new IllegalArgumentException("knows no function " + function + " (one of " + FAMILY + ")");
        };
    }

    private static Measure top(
            String name, String text, String argument, Function<String, DataType> typeOf, Optional<String> where) {
        Matcher sized = TOP.matcher(argument);
        if (!sized.matches()) {
            return new Top(name, text, withOneZero(argument, typeOf), 10, where);
        }
        int count = Integer.parseInt(sized.group(2));
        if (count < 1 || count > Top.TRACKED) {
            throw new IllegalArgumentException("top gives 1 to " + Top.TRACKED + " values, not " + count);
        }
        return new Top(name, text, withOneZero(sized.group(1).trim(), typeOf), count, where);
    }

    /** Checks that an expression is a condition. */
    public static void requireBoolean(String condition, Function<String, DataType> typeOf) {
        DataType type = typeOf.apply(condition);
        if (!type.sql().equals("BOOLEAN")) {
            throw new IllegalArgumentException("is " + type.sql() + ", not a condition (BOOLEAN): " + condition);
        }
    }

    private static DataType summable(String argument, DataType type) {
        if (type instanceof DecimalType decimal && decimal.precision() > MAX_SUM_PRECISION) {
            throw new IllegalArgumentException("sum of " + type.sql() + " could overflow (at most DECIMAL("
                    + MAX_SUM_PRECISION + ", s), or cast it to DOUBLE): " + argument);
        }
        if (!(type instanceof NumericType)) {
            throw new IllegalArgumentException("sum needs a number, not " + type.sql() + ": " + argument);
        }
        return type;
    }

    private static String numeric(String argument, Function<String, DataType> typeOf) {
        DataType type = typeOf.apply(argument);
        if (!(type instanceof NumericType)) {
            throw new IllegalArgumentException("quantiles needs a number, not " + type.sql() + ": " + argument);
        }
        return argument;
    }

    /** An orderable argument without -0.0, which equals 0.0 and is another text: which of them comes out would depend on the order. */
    private static String withOneZero(String argument, Function<String, DataType> typeOf) {
        DataType type = typeOf.apply(orderable(argument, typeOf));
        boolean hasTwo = type.equals(DataTypes.DoubleType) || type.equals(DataTypes.FloatType);
        return hasTwo ? "((%s) + cast(0 as %s))".formatted(argument, type.sql()) : argument;
    }

    private static String orderable(String argument, Function<String, DataType> typeOf) {
        DataType type = typeOf.apply(argument);
        if (type instanceof MapType) {
            throw new IllegalArgumentException(
                    "takes no map (take one of its values: " + argument + "['key']), not " + type.sql());
        }
        return argument;
    }

    /** Where the parenthesis that opens at {@code open} closes, outside quotes; -1 when it does not. */
    private static int closing(String text, int open) {
        int depth = 0;
        char quote = 0;
        for (int i = open; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if (c == '\'' || c == '"' || c == '`') {
                quote = c;
            } else if (c == '(') {
                depth++;
            } else if (c == ')' && --depth == 0) {
                return i;
            }
        }
        return -1;
    }
}
