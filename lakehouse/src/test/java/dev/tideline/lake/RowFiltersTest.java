package dev.tideline.lake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Days;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import dev.tideline.protocol.SourcePartition;
import dev.tideline.protocol.VisibleBatch;
import dev.tideline.protocol.VisibleSpeed;
import dev.tideline.spark.OffsetsBelow;
import java.sql.Date;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

/** What a snapshot says as data, and what Spark makes of it: the same rows, of all that there could be. */
@Tag("lane-b")
class RowFiltersTest {
    private static final LocalDate MONDAY = LocalDate.of(2026, 11, 16);
    private static final Days[] AVAILABLE = {
        Days.ALL,
        Days.allBut(List.of(MONDAY.plusDays(1))),
        Days.only(List.of(MONDAY, MONDAY.plusDays(2))),
        Days.only(List.of())
    };

    /** Three runs of which the second lost seq 4; Monday settled to seq 2, rolled back from 5; Tuesday to 4; Wednesday never. */
    private static final Resolution SEEN = new Resolution(
            new Progress(
                    6,
                    "c",
                    Cut.NOTHING,
                    Cut.NOTHING,
                    Cut.NOTHING,
                    Owners.NONE
                            .then("a", 1)
                            .then("a", 2)
                            .then("b", 3)
                            .then("c", 4)
                            .then("c", 5)
                            .then("c", 6)),
            Map.of(
                    MONDAY,
                    Day.of(List.of(published("g1", 2), published("g2", 5), new DayEntry.RolledBack("g1"))),
                    MONDAY.plusDays(1),
                    Day.of(List.of(published("g3", 4))),
                    MONDAY.plusDays(2),
                    Day.of(List.of(new DayEntry.Folded(0, 3, List.of())))));

    private static SparkSession spark;

    @BeforeAll
    static void session() {
        spark = LakeSession.local("local[2]", 2, Map.of());
    }

    @Test
    void showTheSpeedRowsThatTheSnapshotShows() {
        StructType schema = StructType.fromDDL("event_date DATE, seq BIGINT, run STRING");
        List<Row> rows = new ArrayList<>();
        for (int day = 0; day < 4; day++) {
            for (long seq = 1; seq <= 7; seq++) {
                for (String run : List.of("a", "b", "c")) {
                    rows.add(RowFactory.create(date(day), seq, run));
                }
            }
        }
        for (Days available : AVAILABLE) {
            VisibleSpeed visible = SEEN.speedRows(available);
            assertSame(rows, schema, RowFilters.of(visible), r -> visible.shows(day(r), r.getLong(1), r.getString(2)));
        }
        assertThat(rows.stream().filter(r -> SEEN.speedRows(Days.ALL).shows(day(r), r.getLong(1), r.getString(2))))
                .as("4 of Monday, 2 of Tuesday, 6 of Wednesday and of Thursday")
                .hasSize(18);
    }

    @Test
    void showTheBatchRowsThatTheSnapshotShows() {
        StructType schema = StructType.fromDDL("event_date DATE, generation STRING");
        List<Row> rows = new ArrayList<>();
        rows.add(RowFactory.create(date(0), "g1"));
        rows.add(RowFactory.create(date(0), "g2"));
        rows.add(RowFactory.create(date(1), "g3"));
        rows.add(RowFactory.create(date(2), "g4"));
        for (Days available : AVAILABLE) {
            VisibleBatch visible = SEEN.batchRows(available);
            assertSame(rows, schema, RowFilters.of(visible), r -> visible.shows(day(r), r.getString(1)));
        }
        VisibleBatch none = new Resolution(Progress.NONE, Map.of()).batchRows(Days.ALL);
        assertSame(rows, schema, RowFilters.of(none), r -> none.shows(day(r), r.getString(1)));
        assertThat(rows.stream().filter(r -> SEEN.batchRows(Days.ALL).shows(day(r), r.getString(1))))
                .as("of Monday and Tuesday")
                .hasSize(2);
    }

    /** Ten years of published days, a run for each of 100,000 micro-batches, five topics of 1,000 partitions one after the other. */
    @Test
    void areNoDeeperForAnOldAndWideLake() {
        TreeMap<LocalDate, Long> settled = new TreeMap<>();
        TreeSet<String> generations = new TreeSet<>();
        for (int day = 0; day < 3650; day++) {
            settled.put(MONDAY.minusDays(day), 100_000L - day);
            generations.add("g" + day);
        }
        List<Owners.Span> spans = new ArrayList<>();
        for (long seq = 1; seq <= 100_000; seq++) {
            spans.add(new Owners.Span("run-" + seq, seq, seq));
        }
        Map<SourcePartition, Long> ends = new HashMap<>();
        for (int partition = 0; partition < 5000; partition++) {
            ends.put(new SourcePartition("clicks", "id-" + partition / 1000, partition % 1000), partition + 1L);
        }
        VisibleSpeed speed = new VisibleSpeed(new Owners(spans), settled, Days.allBut(settled.keySet()));
        Cut cut = new Cut(ends);
        assertThat(List.of(
                        depth(RowFilters.of(speed)),
                        depth(RowFilters.of(new VisibleBatch(generations, Days.only(settled.keySet())))),
                        depth(RowFilters.below(cut))))
                .allMatch(depth -> depth < 8);

        StructType columns = StructType.fromDDL(
                "event_date DATE, seq BIGINT, run STRING, kafka_topic_id STRING, kafka_partition INT,"
                        + " kafka_offset BIGINT");
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            long seq = 100_001L - i;
            rows.add(RowFactory.create(
                    date(-(i % 4)), seq, "run-" + (i % 3 == 0 ? 7 : seq), "id-" + i % 6, i, i % 2 == 0 ? 0L : 3000L));
        }
        VisibleSpeed all = new VisibleSpeed(speed.recorded(), settled, Days.ALL);
        assertSame(rows, columns, RowFilters.of(all), r -> all.shows(day(r), r.getLong(1), r.getString(2)));
        assertSame(
                rows,
                columns,
                RowFilters.below(cut),
                r -> cut.covers(new SourcePartition("clicks", r.getString(3), r.getInt(4)), r.getLong(5)));
        assertThat(new OffsetsBelow(cut)).isEqualTo(new OffsetsBelow(new Cut(ends)));
    }

    private static int depth(Column filter) {
        return depth(spark.emptyDataFrame()
                .selectExpr(
                        "DATE'2026-01-01' AS event_date",
                        "1L AS seq",
                        "'r' AS run",
                        "'g' AS generation",
                        "'t' AS kafka_topic_id",
                        "1 AS kafka_partition",
                        "1L AS kafka_offset")
                .where(filter)
                .queryExecution()
                .analyzed()
                .expressions()
                .head());
    }

    private static int depth(Expression expression) {
        return 1
                + CollectionConverters.asJava(expression.children()).stream()
                        .mapToInt(RowFiltersTest::depth)
                        .max()
                        .orElse(0);
    }

    private static void assertSame(List<Row> rows, StructType schema, Column filter, Predicate<Row> shown) {
        Dataset<Row> all = spark.createDataFrame(rows, schema);
        assertThat(all.where(filter).collectAsList())
                .containsExactlyInAnyOrderElementsOf(rows.stream().filter(shown).toList());
    }

    private static DayEntry published(String generation, long seq) {
        return new DayEntry.Published(generation, new Horizon(seq, Cut.NOTHING));
    }

    private static Date date(int day) {
        return Date.valueOf(MONDAY.plusDays(day));
    }

    private static LocalDate day(Row row) {
        return row.getDate(0).toLocalDate();
    }
}
