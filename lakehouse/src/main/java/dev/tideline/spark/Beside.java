package dev.tideline.spark;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.internal.SharedState;
import scala.Function1;
import scala.Option;
import scala.collection.immutable.Map$;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * A session with extensions of its own in a process that has another one: the same Spark context, catalog and cache, while
 * {@code spark.sql.extensions} of that other session do not count. Its {@code newSession} keeps extensions and settings.
 */
public final class Beside {
    private Beside() {}

    /**
     * Makes the session, with the catalog of {@code spark}.
     *
     * @param settings of the session, above those of the Spark context
     */
    public static SparkSession of(
            SparkSession spark,
            List<Function1<SparkSessionExtensions, BoxedUnit>> extensions,
            Map<String, String> settings) {
        return of(spark, Option.apply(classic(spark).sharedState()), extensions, settings, Optional.empty());
    }

    /**
     * Makes the session, with a catalog and a cache of its own: what other sessions have is not there.
     *
     * @param settings of the session, above those of the Spark context
     */
    public static SparkSession apart(
            SparkSession spark,
            List<Function1<SparkSessionExtensions, BoxedUnit>> extensions,
            Map<String, String> settings) {
        return of(spark, Option.empty(), extensions, settings, Optional.empty());
    }

    /**
     * Makes the session, with a catalog of its own, from which another server makes those of its clients: its {@code newSession} is
     * what {@code next} gives, to the thread that asks.
     *
     * @param settings of the session itself, above those of the Spark context
     */
    public static SparkSession opening(
            SparkSession spark,
            List<Function1<SparkSessionExtensions, BoxedUnit>> extensions,
            Map<String, String> settings,
            Supplier<SparkSession> next) {
        return of(spark, Option.empty(), extensions, settings, Optional.of(next));
    }

    private static org.apache.spark.sql.classic.SparkSession classic(SparkSession spark) {
        return (org.apache.spark.sql.classic.SparkSession) spark;
    }

    private static SparkSession of(
            SparkSession spark,
            Option<SharedState> shared,
            List<Function1<SparkSessionExtensions, BoxedUnit>> extensions,
            Map<String, String> settings,
            Optional<Supplier<SparkSession>> next) {
        SparkSessionExtensions own = new SparkSessionExtensions();
        extensions.forEach(extension -> extension.apply(own));
        return new org.apache.spark.sql.classic.SparkSession(
                classic(spark).sparkContext(),
                shared,
                Option.empty(),
                own,
                Map$.MODULE$.from(CollectionConverters.asScala(settings)),
                Map$.MODULE$.empty()) {
            @Override
            public org.apache.spark.sql.classic.SparkSession newSession() {
                return next.isPresent() ? classic(next.get().get()) : super.newSession();
            }
        };
    }
}
