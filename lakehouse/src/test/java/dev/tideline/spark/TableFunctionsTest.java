package dev.tideline.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.lake.LakeSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("lane-b")
class TableFunctionsTest {
    private static final String QUERY = "SELECT * FROM probe('x')";

    @Test
    void eachSessionHasASourceOfItsOwnAClonedOneToo() {
        List<SparkSession> asked = new ArrayList<>();
        SparkSessionExtensions extensions = new SparkSessionExtensions();
        TableFunctions.inject(extensions, "probe", session -> {
            asked.add(session);
            int number = asked.size();
            return name -> () -> session.range(1).selectExpr("'" + name + number + "' AS found");
        });
        SparkSession first = LakeSession.local("local[2]", 2, Map.of()).newSession();
        SparkSession second = first.newSession();
        for (SparkSession session : List.of(first, second)) {
            extensions.registerTableFunctions(((org.apache.spark.sql.classic.SparkSession) session)
                    .sessionState()
                    .tableFunctionRegistry());
        }
        assertThat(found(first)).isEqualTo("x1");
        assertThat(found(second)).isEqualTo("x2");
        SparkSession cloned = Sessions.clone(first);
        assertThat(found(cloned)).isEqualTo("x3");
        assertThat(found(first)).isEqualTo("x1");
        assertThat(found(cloned)).isEqualTo("x3");
        assertThat(asked).containsExactly(first, second, cloned);
    }

    private static String found(SparkSession session) {
        return session.sql(QUERY).head().getString(0);
    }

    @Test
    void anArgumentThatNamesNoViewIsRefused() {
        SparkSession session = LakeSession.local("local[2]", 2, Map.of()).newSession();
        TableFunctions.register(session, "probe", name -> () -> session.range(1).toDF());
        assertThat(session.sql(QUERY).count()).isEqualTo(1);
        assertThatThrownBy(() -> session.sql("SELECT * FROM probe(7)"))
                .hasMessageContaining("Cannot call probe: it takes the name of one view ('clicks_by_ad_1m')");
    }
}
