package dev.tideline.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.protocol.CannotException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatementsTest {
    /** A parser makes 33 million sets of each, and nothing ends it. */
    @ParameterizedTest
    @ValueSource(
            strings = {"GROUPING SETS (CUBE", "grouping/* */sets (cube", "GROUP\u0131NG\n\u017fETS (a), (b), -- \nCUBE"
            })
    void noParserSeesACubeAmongGroupingSets(String words) {
        String columns = "a, ".repeat(24) + "a";
        String sql = "SELECT 1 FROM t GROUP BY " + words + " (" + columns + "))";
        assertThatThrownBy(() -> Statements.statement(sql))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot run CUBE among GROUPING SETS (several GROUP BY, in a UNION ALL)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT a, b, grouping_id() FROM t GROUP BY CUBE (a, b)",
                "SELECT a FROM cube GROUP BY GROUPING SETS ((a), (a, b), ROLLUP (a, b))",
            })
    void otherSetsAreRead(String sql) {
        assertThat(Statements.statement(sql)).isEmpty();
    }

    @Test
    void aStatementIsNotLongerThanAMegabyte() {
        assertThat(Statements.statement("SELECT '" + "x".repeat(1_000_000) + "'"))
                .isEmpty();
        assertThatThrownBy(() -> Statements.statement("SELECT '" + "x".repeat(1 << 20) + "'"))
                .hasMessage("Cannot run a statement of more than 1024 KB");
    }
}
