package dev.tideline.alerts.rule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.alerts.check.RuleCheck;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.lake.LakeSession;
import dev.tideline.spark.DeclaredRelations;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("lane-b")
class ShippedRulesTest {
    private static final List<Feed> FEEDS = List.of(feed("clicks.yaml"), feed("metrics.yaml"));
    private static final DeclaredRelations VIEWS = DeclaredViews.of(FEEDS);
    private static SparkSession spark;

    @BeforeAll
    static void session() {
        spark = LakeSession.local("local[2]", 1, Map.of()).newSession();
    }

    static Stream<Rule> rules() {
        return RuleFiles.of(Optional.empty()).groups().stream().flatMap(group -> group.rules().stream());
    }

    static Stream<Path> tests() {
        return Stream.of("broker", "clicks", "host", "pipeline").map(ShippedRulesTest::test);
    }

    @Test
    void areAllSound() {
        assertThat(RuleFiles.of(Optional.empty()).problems()).isEmpty();
        assertThat(rules().map(Rule::id)).hasSize(17);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void fitTheViewsOfTheShippedFeedsAndSayWhatToDo(Rule rule) {
        assertThat(RuleQuery.problems(VIEWS, rule)).isEmpty();
        assertThat(rule.annotations()).containsOnlyKeys("summary", "description");
        assertThat(rule.labels()).containsKey("severity");
    }

    @ParameterizedTest
    @MethodSource("tests")
    void passTheirTests(Path file) {
        List<RuleCheck.Outcome> outcomes = RuleCheck.run(spark, file, FEEDS);

        assertThat(outcomes)
                .isNotEmpty()
                .allSatisfy(outcome -> assertThat(outcome.difference())
                        .as(outcome.test() + " " + outcome.at() + " " + outcome.alert())
                        .isEmpty());
    }

    @ParameterizedTest
    @MethodSource("tests")
    void failTheirTestsWithAnotherThreshold(Path file) {
        RuleCheck tests = RuleCheck.read(spark, file, FEEDS);
        rules().filter(rule -> test(rule.group()).equals(file)).forEach(rule -> {
            double threshold = rule.condition().threshold();
            assertFails(tests, rule, "twice the threshold", 2 * threshold + (threshold == 0 ? 1 : 0), rule.noData());
            if (rule.noData() == Rule.NoData.ALERT) {
                assertFails(tests, rule, "silence is no alarm", threshold, Rule.NoData.OK);
            } else if (threshold != 0) {
                assertFails(tests, rule, "half the threshold", threshold / 2, rule.noData());
            }
        });
    }

    private static void assertFails(RuleCheck tests, Rule changed, String how, double threshold, Rule.NoData noData) {
        assertThat(tests.outcomes(changed.name()::equals, rule -> with(rule, threshold, noData))
                        .anyMatch(outcome -> !outcome.isPassed()))
                .as(changed.name() + " with " + how + " fails a test")
                .isTrue();
    }

    private static Rule with(Rule rule, double threshold, Rule.NoData noData) {
        return new Rule(
                rule.group(),
                rule.name(),
                rule.expr(),
                rule.window(),
                new Condition(rule.condition().operator(), threshold),
                rule.resolveWhen(),
                rule.pendingFor(),
                rule.keepFiringFor(),
                noData,
                rule.onError(),
                rule.minCompleteness(),
                rule.limit(),
                rule.labels(),
                rule.annotations());
    }

    private static Path test(String group) {
        return Path.of("src/test/resources/alerts", group + ".test.yaml");
    }

    private static Feed feed(String name) {
        try (InputStream in = Feed.class.getResourceAsStream("/feeds/" + name)) {
            return FeedFile.parse(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
