package dev.tideline.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.SmallTables;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans that no text of SQL makes, and nests of lambdas. QueryIT has the others. */
@Tag("lane-b")
class GrowthTest {
    private static final SparkSession SPARK = SmallTables.session();

    @Test
    void aChangedStructIsAsLargeAsItsFields() {
        Dataset<Row> structs = SPARK.range(1).selectExpr("named_struct('a', id, 'b', 'text') AS s");

        assertThat(problem(structs.select(col("s").withField("c", lit(1))))).isEmpty();
        assertThat(problem(structs.select(col("s").withField("c", expr("repeat('x', 100000000)")))))
                .hasValueSatisfying(why -> assertThat(why).contains("repeat of a value that may take more than 64 MB"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "transform(split(u, ' '), w -> upper(w))                                         ; none",
                "transform(split(t, ' '), w -> transform(split(w, ''), c -> c || '!'))             ; none",
                "filter(split(t, ' '), w -> exists(split(w, ''), c -> c = w))                      ; none",
                "transform(split(u, ' '), w -> transform(split(w, ''), c -> w || u))               ; more than 64 MB",
                "transform(sequence(1, 10000), x -> transform(array(x), y -> repeat('y', 10000)))  ; more than 64 MB",
                "transform(split(u, ' '), w -> replace(w, 'x', w))                                 ; more than 64 MB",
                "transform(sequence(1, 9), x -> ifnull(repeat('y', x), ''))                        ; of a size that is not",
            })
    void aLambdaMakesOfEachElementWhatIsNotOfIt(String sql, String problem) {
        String why = problem(SPARK.range(1)
                        .selectExpr("repeat('x ', 20) AS t", "repeat('x ', 5000) AS u")
                        .selectExpr(sql))
                .orElse("none");
        assertThat(why).contains(problem);
    }

    /** Twice as long for each of the levels, none of these would end. */
    @ParameterizedTest
    @CsvSource({"'exists(array(x), x -> ', false)", "'size(transform(array(x), x -> ', x))", "'ifnull(x, ', x)"})
    void aNestIsLookedAtOnce(String open, String close) {
        String nest = open.repeat(40) + close + ")".repeat(open.startsWith("size") ? 78 : 39);
        Dataset<Row> rows = SPARK.sql("SELECT " + nest + " FROM (SELECT 1 AS x)");

        assertThat(Growth.looks(plan(rows))).isLessThan(2000);
    }

    private static Optional<String> problem(Dataset<Row> rows) {
        return Growth.problem(plan(rows));
    }

    private static LogicalPlan plan(Dataset<Row> rows) {
        return ((org.apache.spark.sql.classic.Dataset<Row>) rows)
                .queryExecution()
                .analyzed();
    }
}
