package dev.tideline.alerts.rule;

import dev.tideline.decode.Decoding;
import dev.tideline.feed.Feed;
import dev.tideline.feed.ViewName;
import dev.tideline.lake.LakeSession;
import dev.tideline.rollup.Grain;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.Rollups;
import dev.tideline.spark.DeclaredRelations;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The views that a lake with some feeds has, and those of {@link Health}, without a lake, a session and rows. */
public final class DeclaredViews {
    private DeclaredViews() {}

    /** The views, for queries as a lake's session takes them. */
    public static DeclaredRelations of(Collection<Feed> feeds) {
        return of(schemas(feeds));
    }

    /** The same of views with these columns, by name. */
    public static DeclaredRelations of(Map<String, StructType> schemas) {
        Map<String, String> settings = new TreeMap<>(LakeSession.writer());
        settings.keySet().retainAll(Set.of("spark.sql.ansi.enabled", "spark.sql.session.timeZone"));
        return new DeclaredRelations(schemas, settings);
    }

    /** The columns of each view, by its name. */
    public static SortedMap<String, StructType> schemas(Collection<Feed> feeds) {
        SortedMap<String, StructType> schemas = new TreeMap<>(Health.VIEWS);
        for (Feed feed : feeds) {
            StructType events = Decoding.events(feed);
            schemas.put(ViewName.events(feed).text(), nullable(events));
            for (Rollup rollup : feed.rollups()) {
                StructType columns = nullable(Rollups.schema(events, rollup));
                for (Grain grain : Grain.values()) {
                    schemas.put(ViewName.of(rollup, grain).text(), columns);
                }
            }
        }
        return schemas;
    }

    private static StructType nullable(StructType schema) {
        StructType all = new StructType();
        for (StructField field : schema.fields()) {
            all = all.add(field.name(), field.dataType(), true);
        }
        return all;
    }
}
