package dev.tideline.rollup;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Expressions without what does not count in them: white space, the case of names, parentheses around all or around what has
 * some already. Equal forms mean the same; unequal ones may. The form is ours and no parser's of Spark, since a release of
 * Spark must not change it.
 */
final class Meaning {
    /** Texts (raw ones are marked by r), quoted names, numbers, names, operators: each with what stands before it. */
    private static final Pattern TOKEN = Pattern.compile(
            "\\s*(?:"
                    + "(?<text>[rR]'[^']*'|[rR]\"[^\"]*\"|\\w*'(?:[^'\\\\]|\\\\.)*'|\\w*\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`)"
                    + "|(?<word>[\\w.]+)"
                    + "|(?<operator><=>|>>>|<>|!=|<=|>=|==|\\|\\||->|=>|::|<<|>>|[^\\s\\w'\"`])"
                    + ")",
            Pattern.DOTALL);

    private Meaning() {}

    /** The form of one expression; the text itself where it holds a comment or what is no token. */
    static String of(String expression) {
        if (expression.contains("--") || expression.contains("/*")) {
            return expression;
        }
        List<String> tokens = new ArrayList<>();
        Matcher token = TOKEN.matcher(expression.strip());
        while (token.lookingAt()) {
            tokens.add(
                    token.group("text") != null
                            ? token.group("text")
                            : token.group().strip().toLowerCase(Locale.ROOT));
            token.region(token.end(), token.regionEnd());
        }
        return token.regionStart() == token.regionEnd() ? String.join(" ", withoutParentheses(tokens)) : expression;
    }

    private static List<String> withoutParentheses(List<String> tokens) {
        List<String> left = new ArrayList<>(tokens);
        for (int open = 0; open < left.size(); ) {
            int close = closing(left, open);
            if (close > 0 && isRedundant(left, open, close)) {
                left.remove(close);
                left.remove(open);
                open = 0;
            } else {
                open++;
            }
        }
        return left;
    }

    private static boolean isRedundant(List<String> tokens, int open, int close) {
        boolean all = open == 0 && close == tokens.size() - 1;
        boolean within = open > 0
                && tokens.get(open - 1).equals("(")
                && close + 1 < tokens.size()
                && tokens.get(close + 1).equals(")");
        return (all || within) && close > open + 1 && !isList(tokens, open, close);
    }

    /** Whether a comma stands between the parentheses and in no others: {@code (a, b)} is a value of two fields. */
    private static boolean isList(List<String> tokens, int open, int close) {
        int depth = 0;
        for (int i = open + 1; i < close; i++) {
            depth += tokens.get(i).equals("(") ? 1 : tokens.get(i).equals(")") ? -1 : 0;
            if (depth == 0 && tokens.get(i).equals(",")) {
                return true;
            }
        }
        return false;
    }

    /** Where what opens at {@code open} closes; -1 where nothing opens or it does not close. */
    private static int closing(List<String> tokens, int open) {
        int depth = 0;
        for (int i = open; i < tokens.size(); i++) {
            depth += tokens.get(i).equals("(") ? 1 : tokens.get(i).equals(")") ? -1 : 0;
            if (depth == 0) {
                return i == open ? -1 : i;
            }
        }
        return -1;
    }
}
