package dev.tideline.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.lake.LakeSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No event makes an expression of a feed file throw. */
@Tag("lane-b")
class HostileValuesTest {
    private static final int AT_ONCE = 100;
    private static final List<String> TEXTS = List.of(
            "''",
            "NULL",
            "'%zz'",
            "'['",
            "'('",
            "'\\\\'",
            "'a:1,a:2'",
            "'{\"a\":'",
            "'2026-13-45'",
            "'%2147483647d'",
            "'Nowhere/City'",
            "'yyyy-MM-dd Q'",
            "'9999999999999999999'",
            "'😀'",
            "repeat('x', 5000)");

    private static SparkSession spark;
    private static Dataset<Row> events;

    @BeforeAll
    static void hostileEvents() {
        spark = LakeSession.local("local[2]", 2, Map.of());
        List<String> rows = new ArrayList<>();
        String[] numbers = {"0L", "-1L", "9223372036854775807L", "-9223372036854775808L", "2147483648L", "NULL"};
        String[] doubles = {"DOUBLE('NaN')", "DOUBLE('Infinity')", "-0.0D", "1.7E308D", "NULL"};
        String[] arrays = {"array()", "array(NULL)", "array('a', '[')", "NULL"};
        String[] maps = {"map()", "map('a', NULL)", "map('', '%zz')", "NULL"};
        String[] times = {
            "TIMESTAMP'1970-01-01 00:00:00'", "TIMESTAMP'9999-12-31 23:59:59'", "TIMESTAMP'0001-01-01 00:00:00'"
        };
        for (int i = 0; i < TEXTS.size(); i++) {
            rows.add("("
                    + String.join(
                            ", ",
                            TEXTS.get(i),
                            numbers[i % numbers.length],
                            doubles[i % doubles.length],
                            arrays[i % arrays.length],
                            maps[i % maps.length],
                            times[i % times.length],
                            "i % 2 = 0".replace("i", "" + i))
                    + ")");
        }
        events = spark.sql("SELECT CAST(t AS STRING) AS t, CAST(n AS BIGINT) AS n, CAST(x AS DOUBLE) AS x,"
                        + " CAST(a AS ARRAY<STRING>) AS a, CAST(m AS MAP<STRING, STRING>) AS m, CAST(ts AS TIMESTAMP) AS ts, b FROM VALUES "
                        + String.join(", ", rows) + " AS v(t, n, x, a, m, ts, b)")
                .coalesce(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "url_decode(t)",
                "str_to_map(t)",
                "element_at(a, 0)",
                "parse_json(t) is null",
                "from_utc_timestamp(ts, t)",
                "to_number(t, '999')",
                "date_format(ts, t)",
                "t rlike '('",
                "t like t",
                "a[n]",
                "n * n + n",
                "n / 0",
                "cast(t as int) + 1",
                "coalesce(url_decode(t), 'none')",
                "concat(url_decode(t), url_decode(t))",
                "transform(a, e -> url_decode(e))",
                "regexp_substr(t, 'x')",
                "nullif(url_decode(t), 'x')",
                "n between 1 and url_decode(t)",
            })
    void hasAValueOrNone(String expression) {
        new Expressions(events.schema()).typeOf(expression);
        assertThat(events.select(Total.column(expression)).collectAsList()).hasSize(TEXTS.size());
        assertThat(events.where(Total.column("(" + expression + ") is not null"))
                        .count())
                .isLessThanOrEqualTo(TEXTS.size());
        assertThat(events.groupBy(Total.column(expression)).count().collectAsList())
                .isNotEmpty();
        assertThat(events.agg(Total.column("max(cast((" + expression + ") as string))"))
                        .collectAsList())
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "repeat(t, n)",
                "space(n)",
                "lpad(t, n, 'x')",
                "array_repeat(t, n)",
                "sequence(0, n)",
                "repeat(t, 2000000000)",
                "format_string(t, n)",
                "format_number(x, int(n))",
                "array_insert(a, int(n), t)",
                "t rlike t",
                "regexp_replace(t, t, 'x')",
                "regexp_extract(t, t)",
                "split(t, t)",
            })
    void isRefusedWhereAnEventCouldFillTheMemoryOrNeverEnd(String expression) {
        assertThatThrownBy(() -> new Expressions(events.schema()).typeOf(expression))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(expression);
    }

    /** Of every function that there is, all calls with up to two arguments that a feed file may make, and some with three. */
    @Test
    @Tag("lane-c")
    void noFunctionThrows() {
        Expressions fields = new Expressions(events.schema());
        List<String> one = List.of("t", "n", "x", "a", "m", "ts", "b");
        List<String> arguments = new ArrayList<>(one);
        one.forEach(first -> one.forEach(second -> arguments.add(first + ", " + second)));
        List.of(
                        "t, t, t",
                        "t, n, n",
                        "t, int(n), int(n)",
                        "a, int(n), int(n)",
                        "t, t, int(n)",
                        "n, int(n), int(n)",
                        "ts, t, t")
                .forEach(arguments::add);
        List<String> calls = new ArrayList<>();
        for (Row function : spark.sql("SHOW SYSTEM FUNCTIONS").collectAsList()) {
            String name = function.getString(0);
            if (name.matches("[a-z_0-9]+")) {
                for (String list : arguments) {
                    String call = name + "(" + list + ")";
                    try {
                        fields.typeOf(call);
                        calls.add(call);
                    } catch (IllegalArgumentException | IllegalStateException e) {
                        continue; // no expression of a feed file
                    }
                }
            }
        }
        assertThat(calls).hasSizeGreaterThan(1000);
        List<String> failed = new ArrayList<>();
        for (int from = 0; from < calls.size(); from += AT_ONCE) {
            List<String> some = calls.subList(from, Math.min(calls.size(), from + AT_ONCE));
            if (!evaluates(some)) {
                some.stream().filter(call -> !evaluates(List.of(call))).forEach(failed::add);
            }
        }
        assertThat(failed).isEmpty();
        System.out.println(calls.size() + " calls of "
                + new TreeSet<>(calls.stream()
                                .map(call -> call.replaceAll("\\(.*", ""))
                                .toList())
                        .size() + " functions");
    }

    private static boolean evaluates(List<String> calls) {
        try {
            events.select(calls.stream()
                            .map(call -> Total.column("isnotnull(" + call + ")"))
                            .toArray(Column[]::new))
                    .collectAsList();
            return true;
        } catch (Exception e) {
            return false;
        }
    }
}
