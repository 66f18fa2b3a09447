package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.batch.Recompute;
import dev.tideline.embedded.ClickRollup;
import dev.tideline.embedded.ClickTruth;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.DirtyDays;
import dev.tideline.protocol.Progress;
import dev.tideline.quickstart.Answers;
import dev.tideline.quickstart.Verdict;
import dev.tideline.serving.Views;
import dev.tideline.streaming.FeedStream;
import dev.tideline.streaming.RunningStream;
import dev.tideline.streaming.StreamOptions;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/** Whether a lake of clicks is whole at this moment: laws 1 and 4. */
final class Whole {
    private Whole() {}

    /** Laws 1 and 4, whatever is still to be read or recomputed. */
    static void check(Lake lake, Feed clicks, Arrivals arrivals) {
        for (Stream stream : Stream.values()) {
            List<ProgressRecord> records = lake.progress(clicks, stream).newest(Integer.MAX_VALUE);
            List<Progress> progress =
                    records.stream().map(ProgressRecord::progress).toList();
            assertThat(Progress.breaks(progress)).as(stream.text()).isEmpty();
            ClickTruth read = arrivals.below(progress.get(progress.size() - 1).cut());
            assertThat(Map.of("consumed", read.sent(), "accepted", read.accepted()))
                    .as(stream.text())
                    .isEqualTo(Map.of("consumed", sum(records, "consumed"), "accepted", sum(records, "accepted")));
            assertThat(sum(records, "rejected")).isEqualTo(read.sent() - read.accepted());
        }
        Views.register(lake.spark(), lake.root());
        List<ClickTruth> parts = arrivals.parts(
                lake.progress(clicks, Stream.SPEED).between(1, Long.MAX_VALUE),
                lake.days().days(clicks.name()));
        for (ClickRollup rollup : ClickRollup.values()) {
            view(lake, parts, rollup, ClickRollup.Grain.MINUTE);
        }
        view(lake, parts, ClickRollup.CLICKS_BY_SEGMENT, ClickRollup.Grain.HOUR);
    }

    /** Both streams read to the end of the topic, in this process. */
    static void catchUp(Lake lake, Feed clicks, StreamOptions options) {
        try (RunningStream archive = FeedStream.start(lake, clicks, Stream.ARCHIVE, options);
                RunningStream speed = FeedStream.start(lake, clicks, Stream.SPEED, options)) {
            archive.processAllAvailable();
            speed.processAllAvailable();
        }
    }

    /** Once both streams have read to the end and the dirty days are recomputed, every view equals the truth. */
    static void comesToTheTruth(Lake lake, Feed clicks, StreamOptions options, Arrivals arrivals) {
        catchUp(lake, clicks, options);
        for (LocalDate day : DirtyDays.find(lake, clicks, LocalDate.now(ZoneOffset.UTC))) {
            assertThat(Recompute.run(lake, clicks, day, Instant.now()).published())
                    .isTrue();
        }
        assertThat(DirtyDays.find(lake, clicks, LocalDate.now(ZoneOffset.UTC))).isEmpty();
        assertThat(Verdict.of(lake, clicks, arrivals.truth()).differences()).isEmpty();
    }

    private static void view(Lake lake, List<ClickTruth> parts, ClickRollup rollup, ClickRollup.Grain grain) {
        String view = Answers.view(rollup, grain);
        Map<String, Long> wanted = Arrivals.clicks(parts, rollup, grain);
        Map<String, Long> found = new HashMap<>();
        for (Row row : lake.spark()
                .sql("SELECT date_format(window_start, \"yyyy-MM-dd'T'HH:mm:ss'Z'\") || '|' || concat_ws('|', "
                        + String.join(", ", coalesced(rollup)) + "), clicks FROM " + view)
                .collectAsList()) {
            found.merge(row.getString(0), row.getLong(1), Long::sum);
        }
        Map<String, String> different = new TreeMap<>();
        wanted.forEach((key, n) -> {
            if (!n.equals(found.get(key))) {
                different.put(key, found.get(key) + ", should be " + n);
            }
        });
        found.forEach((key, n) -> wanted.computeIfAbsent(key, k -> {
            different.put(k, n + ", should not be");
            return n;
        }));
        assertThat(different).as(view + " of " + wanted.size() + " rows").isEmpty();
    }

    private static List<String> coalesced(ClickRollup rollup) {
        return rollup.dimensions().stream()
                .map(dimension -> "coalesce(string(" + dimension + "), '')")
                .toList();
    }

    private static long sum(List<ProgressRecord> records, String count) {
        return records.stream()
                .mapToLong(record -> record.counts().getOrDefault(count, 0L))
                .sum();
    }
}
