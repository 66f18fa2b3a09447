package dev.tideline.rollup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.SmallTables;
import dev.tideline.feed.FeedFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every measure of values at the edges of their types, at once and merged from one partial for each value, in both orders. */
@Tag("lane-b")
class EdgesTest {
    private static SparkSession spark;

    @BeforeAll
    static void session() {
        spark = SmallTables.session();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            nullValues = "null",
            value = {
                "BIGINT | count() where v > 0 | NULL ; 1 | 1",
                "BIGINT | sum(v) | NULL ; NULL | null",
                "BIGINT | sum(v) | 9223372036854775807 ; 9223372036854775807 | 18446744073709551614",
                "BIGINT | sum(v) | -9223372036854775808 ; NULL | -9223372036854775808",
                "BIGINT | min(v) | -9223372036854775808 ; 9223372036854775807 ; NULL | -9223372036854775808",
                "BIGINT | max(v) | NULL ; NULL | null",
                "BIGINT | distinct(v) | -9223372036854775808 ; 9223372036854775807 ; NULL ; -1 | 3",
                "BIGINT | quantiles(v) | NULL ; NULL | null",
                "BIGINT | quantiles(v) | 9223372036854775807 ; NULL | 9.223372036854776E18,9.223372036854776E18,9.223372036854776E18",
                "INT | sum(v) | 2147483647 ; 2147483647 | 4294967294",
                "DOUBLE | sum(v) | double('Infinity') ; 1 | Infinity",
                "DOUBLE | sum(v) | double('Infinity') ; double('-Infinity') | NaN",
                "DOUBLE | sum(v) | double('NaN') ; 1 | NaN",
                "DOUBLE | sum(v) | 1.7976931348623157E308 ; 1.7976931348623157E308 | Infinity",
                "DOUBLE | sum(v) | -0.0D ; 0.0D | 0.0",
                "DOUBLE | min(v) | double('NaN') ; 1 ; NULL | 1.0",
                "DOUBLE | max(v) | double('NaN') ; double('Infinity') | NaN",
                "DOUBLE | min(v) | -0.0D ; 0.0D | 0.0",
                "DOUBLE | max(v) | -0.0D ; 0.0D | 0.0",
                "FLOAT | max(v) | float(-0.0) ; float(0.0) ; NULL | 0.0",
                "FLOAT | distinct(v) | float(-0.0) ; float(0.0) ; NULL | 1",
                "DOUBLE | quantiles(v) | -0.0D ; 0.0D | 0.0,0.0,0.0",
                "DOUBLE | min(v) | 4.9E-324D ; 0.0D | 0.0",
                "DOUBLE | distinct(v) | -0.0D ; 0.0D ; double('NaN') ; double('NaN') | 2",
                "DOUBLE | quantiles(v) | double('NaN') ; 1 | 1.0,1.0,1.0",
                "DOUBLE | quantiles(v) | double('Infinity') ; double('Infinity') | Infinity,Infinity,Infinity",
                "DECIMAL(28,4) | sum(v) | 999999999999999999999999.9999 ; 999999999999999999999999.9999 | 1999999999999999999999999.9998",
                "DOUBLE | top(v, 3) | -0.0D ; 0.0D ; 0.0D | [{0.0, 3}]",
                "DOUBLE | last(v) | 0.0D ; -0.0D | -0.0",
                "STRING | min(v) | '' ; 'a' ; NULL | ~~",
                "STRING | max(v) | '' ; NULL | ~~",
                "STRING | distinct(v) | '' ; NULL ; ' ' ; 'a' ; 'A' | 4",
                "STRING | last(v) | 'a' ; '' ; NULL | ~~",
                "STRING | first(v) | NULL ; '' ; 'a' | ~~",
                "STRING | top(v, 3) | '' ; NULL ; '' | [{, 2}]",
                "TIMESTAMP | min(v) | TIMESTAMP'0001-01-01 00:00:00Z' ; TIMESTAMP'9999-12-31 23:59:59.999999Z' | 0001-01-01 00:00:00",
                "TIMESTAMP | max(v) | TIMESTAMP'1969-12-31 23:59:59.999999Z' ; NULL | 1969-12-31 23:59:59.999999",
                "BOOLEAN | distinct(v) | true ; false ; NULL | 2",
                "BOOLEAN | max(v) | false ; NULL | false",
            })
    void areTheSameInAnyOrderAndGrouping(String type, String measure, String values, String expected) {
        Rollup rollup = FeedFile.parse("edges.yaml", """
                feed: edges
                topic: edges
                schema: id STRING NOT NULL, v %s, at TIMESTAMP NOT NULL
                event: { id: id, time: at }
                rollups: { edges: { measures: { "m": "%s" } } }
                """.formatted(type, measure))
                .rollups()
                .get(0);
        List<String> each = Arrays.stream(values.split(";")).map(String::trim).toList();
        List<Dataset<Row>> events = IntStream.range(0, each.size())
                .mapToObj(i -> event(i, each.get(i), type))
                .toList();
        List<Dataset<Row>> partials = new ArrayList<>(
                events.stream().map(e -> Rollups.partial(e, rollup)).toList());
        List<Dataset<Row>> ways = new ArrayList<>();
        ways.add(Rollups.partial(union(events), rollup));
        ways.add(union(partials));
        java.util.Collections.reverse(partials);
        ways.add(union(partials));
        ways.add(Rollups.merge(union(partials.subList(1, partials.size())), rollup)
                .unionByName(partials.get(0)));

        List<Row> found = ways.stream()
                .map(way -> answer(Rollups.finish(
                        Rollups.merge(way, rollup).withColumn("provisional", functions.lit(true)), rollup)))
                .reduce(Dataset::unionByName)
                .orElseThrow()
                .collectAsList();

        assertThat(found)
                .as(measure + " of " + values)
                .hasSize(ways.size())
                .allMatch(row -> Objects.equals(row.isNullAt(0) ? null : row.getString(1), expected));
    }

    private static Dataset<Row> event(int i, String value, String type) {
        return spark.sql("""
                SELECT CAST(%s AS %s) AS v, TIMESTAMP'2026-11-20 12:00:00Z' + make_dt_interval(0, 0, 0, %d) AS event_time,
                  DATE'2026-11-20' AS event_date, 'edges' AS kafka_topic, 'id' AS kafka_topic_id, 0 AS kafka_partition,
                  %dL AS kafka_offset""".formatted(value, type, i, i));
    }

    private static Dataset<Row> union(List<Dataset<Row>> frames) {
        return frames.stream().reduce(Dataset::unionByName).orElseThrow().coalesce(1);
    }

    /** The measure's first column, and all of them as text: a sketch has several, in the order of their names. */
    private static Dataset<Row> answer(Dataset<Row> rows) {
        List<String> names = Arrays.stream(rows.columns())
                .filter(name -> name.matches("m|m_p\\d+"))
                .sorted()
                .toList();
        String texts =
                names.stream().map(name -> "CAST(" + name + " AS STRING)").collect(Collectors.joining(", "));
        return rows.selectExpr(names.get(0) + " IS NULL AS none", "concat_ws(',', " + texts + ") AS answer")
                .selectExpr("if(none, NULL, none) AS none", "answer");
    }
}
