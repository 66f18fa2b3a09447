package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tideline.alerts.rule.DeclaredViews;
import dev.tideline.app.config.Feeds;
import dev.tideline.spark.DeclaredRelations;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Each query that the README and the pages of docs ask, read by Spark against the views that the shipped feeds declare.
 * {@link ReadmeIT} asks them.
 */
@Tag("lane-b")
class GuideQueriesTest {
    private static final Pattern QUERY = Pattern.compile("[`\"](SELECT [^`\"]*?);?[`\"]");

    @Test
    void everyQueryAsksForColumnsThatThereAre() throws IOException {
        DeclaredRelations views = DeclaredViews.of(Feeds.of(Optional.empty()).all());
        List<String> queries = Readme.everywhere(QUERY).stream()
                .filter(sql -> !sql.contains("…") && !sql.contains("tideline('"))
                .toList();

        assertThat(queries).hasSizeGreaterThan(6);
        for (String sql : queries) {
            assertThatCode(() -> views.analyze(() -> CatalystSqlParser$.MODULE$.parsePlan(sql)))
                    .as(sql)
                    .doesNotThrowAnyException();
        }
    }
}
