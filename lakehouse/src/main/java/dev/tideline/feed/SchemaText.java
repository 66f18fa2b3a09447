package dev.tideline.feed;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A schema as DDL, read without an engine: as far as to tell which columns two of them declare alike. */
final class SchemaText {
    private static final Pattern COLUMN = Pattern.compile("\\s*(`[^`]+`|\\w+)\\s*:?(.*)", Pattern.DOTALL);
    private static final Pattern REMARKS = Pattern.compile(
            "\\bcomment\\s*('(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\")|\\bnot\\s+null\\b",
            Pattern.CASE_INSENSITIVE);

    private SchemaText() {}

    /** The type of each column, by its name in lower case: without white space, and whether it may be NULL is no part of it. */
    static Map<String, String> types(String ddl) {
        Map<String, String> types = new TreeMap<>();
        for (String column : columns(ddl)) {
            Matcher named = COLUMN.matcher(column);
            if (named.matches()) {
                String type = REMARKS.matcher(named.group(2)).replaceAll("").replaceAll("\\s", "");
                types.put(named.group(1).replace("`", "").toLowerCase(Locale.ROOT), type.toLowerCase(Locale.ROOT));
            }
        }
        return types;
    }

    /** The parts between commas that stand in no brackets and no quotes. */
    private static List<String> columns(String ddl) {
        List<String> columns = new ArrayList<>();
        int depth = 0;
        int from = 0;
        char quote = 0;
        for (int i = 0; i < ddl.length(); i++) {
            char c = ddl.charAt(i);
            if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if (c == '\'' || c == '"' || c == '`') {
                quote = c;
            } else if (c == '<' || c == '(') {
                depth++;
            } else if (c == '>' || c == ')') {
                depth--;
            } else if (c == ',' && depth == 0) {
                columns.add(ddl.substring(from, i));
                from = i + 1;
            }
        }
        columns.add(ddl.substring(from));
        return columns;
    }
}
