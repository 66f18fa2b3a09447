package dev.tideline.alerts.rule;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.feed.ViewName;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The views that a lake with these feeds has, and those of {@link Health}, without a lake and without rows. */
public final class DeclaredViews {
    private DeclaredViews() {}

    /**
     * Makes them known to {@code session}.
     *
     * @return their names
     */
    public static SortedSet<String> register(SparkSession session, Collection<Feed> feeds) {
        SortedMap<String, StructType> schemas = schemas(session, feeds);
        schemas.forEach((name, schema) ->
                session.createDataFrame(List.<Row>of(), schema).createOrReplaceTempView(name));
        return new TreeSet<>(schemas.keySet());
    }

    /** The columns of each view, by its name. */
    public static SortedMap<String, StructType> schemas(SparkSession session, Collection<Feed> feeds) {
        SortedMap<String, StructType> schemas = new TreeMap<>(Health.VIEWS);
        for (Feed feed : feeds) {
            Dataset<Row> records = session.createDataFrame(List.<Row>of(), Decoding.RECORD);
            Dataset<Row> events = Decoding.accepted(Decoding.decode(records, feed), feed);
            schemas.put(ViewName.events(feed).text(), nullable(events.schema()));
            for (Rollup rollup : feed.rollups()) {
                StructType finished = nullable(finished(events, rollup));
                for (Grain grain : Grain.values()) {
                    schemas.put(ViewName.of(rollup, grain).text(), finished);
                }
            }
        }
        return schemas;
    }

    /** As {@code ServingView} makes them of the tables that {@code FeedTables} creates. */
    private static StructType finished(Dataset<Row> events, Rollup rollup) {
        Dataset<Row> partials = Rollups.partial(events, rollup).withColumn("provisional", lit(true));
        Dataset<Row> merged = Rollups.merge(partials, rollup, max("provisional").as("provisional"));
        return Rollups.finish(merged, rollup).schema();
    }

    private static StructType nullable(StructType schema) {
        StructType all = new StructType();
        for (StructField field : schema.fields()) {
            all = all.add(field.name(), field.dataType(), true);
        }
        return all;
    }
}
