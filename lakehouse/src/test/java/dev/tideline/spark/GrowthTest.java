package dev.tideline.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.SmallTables;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Plans that no text of SQL makes: Delta's own, and those of Connect's clients. QueryIT has the others. */
@Tag("lane-b")
class GrowthTest {
    @Test
    void aChangedStructIsAsLargeAsItsFields() {
        Dataset<Row> structs = SmallTables.session().range(1).selectExpr("named_struct('a', id, 'b', 'text') AS s");

        assertThat(Growth.problem(plan(structs.select(col("s").withField("c", lit(1))))))
                .isEmpty();
        assertThat(Growth.problem(plan(structs.select(
                        col("s").withField("c", org.apache.spark.sql.functions.expr("repeat('x', 100000000)"))))))
                .hasValueSatisfying(why -> assertThat(why).contains("repeat of a value that may take more than 64 MB"));
    }

    private static LogicalPlan plan(Dataset<Row> rows) {
        return ((org.apache.spark.sql.classic.Dataset<Row>) rows)
                .queryExecution()
                .analyzed();
    }
}
