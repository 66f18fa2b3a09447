package dev.tideline.laws;

import dev.tideline.SharedSpark;
import dev.tideline.lake.LakeSession;
import java.nio.file.Path;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Laws 1, 2 and 4 on real tables, with the measures of both shipped feeds, after every step of random histories. A failing
 * seed is in the test's name and message; {@code -Dtideline.seed=N} plays it again.
 */
class LawsOnDeltaIT {
    @TempDir
    Path dir;

    static Stream<Arguments> aFewHistories() {
        return histories(2);
    }

    static Stream<Arguments> histories() {
        return histories(Boolean.getBoolean("tideline.long") ? 40 : 3);
    }

    private static Stream<Arguments> histories(int count) {
        Long seed = Long.getLong("tideline.seed");
        if (seed != null) {
            return Stream.of(new ClickSubject(), new MetricSubject()).map(s -> Arguments.of(s.feed(), seed, s));
        }
        return LongStream.rangeClosed(1, count).boxed().map(i -> {
            Subject subject = i % 2 == 0 ? new MetricSubject() : new ClickSubject();
            return Arguments.of(subject.feed(), i, subject);
        });
    }

    /** Delta remembers each table for an hour: forty histories' tables would fill the heap. */
    @AfterEach
    void forgetTables() {
        DeltaLog.clearCache();
    }

    @Tag("lane-b")
    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("aFewHistories")
    void theViewIsCompleteAfterEachOfAFewSteps(String name, long seed, Subject subject) throws Exception {
        play(name, seed, subject, 8, 1);
    }

    @Tag("lane-c")
    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("histories")
    void theViewIsCompleteAfterEveryStep(String name, long seed, Subject subject) throws Exception {
        play(name, seed, subject, 25, 5);
    }

    private void play(String name, long seed, Subject subject, int steps, int publishes) throws Exception {
        SparkSession spark = SharedSpark.session(LakeSession.small());
        History history = new History(spark, dir.resolve("lake").toString(), subject, seed);
        try {
            history.play(steps, publishes);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "%s, seed %d (-Dtideline.seed=%d), after%n  %s"
                            .formatted(name, seed, seed, String.join("\n  ", history.steps())),
                    e);
        }
    }
}
