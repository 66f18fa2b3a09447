package dev.tideline.quickstart;

import dev.tideline.embedded.ClickRollup;
import dev.tideline.embedded.ClickTruth;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.Stream;
import dev.tideline.operations.TextTable;
import dev.tideline.serving.Views;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Every answer of the clicks feed beside the truth: all rollups at both grains, all days, and how many records were taken and
 * refused.
 */
public record Verdict(List<Line> lines, List<String> differences) {
    private static final int SHOWN = 20;

    /** One answer. */
    record Line(String what, long wanted, long different) {}

    public static Verdict of(Lake lake, Feed clicks, ClickTruth truth) {
        Views.register(lake.spark(), lake.root());
        List<Line> lines = new ArrayList<>();
        List<String> all = new ArrayList<>();
        for (ClickRollup rollup : ClickRollup.values()) {
            for (ClickRollup.Grain grain : ClickRollup.Grain.values()) {
                List<String> differences = Answers.differences(lake.spark(), truth, rollup, grain);
                String view = Answers.view(rollup, grain);
                lines.add(new Line("rows of " + view, truth.rows(rollup, grain).size(), differences.size()));
                differences.forEach(difference -> all.add(view + ", " + difference));
            }
        }
        long rejected =
                truth.rejected().values().stream().mapToLong(Long::longValue).sum();
        for (Stream stream : Stream.values()) {
            compare("accepted", truth.accepted(), recorded(lake, clicks, stream, "accepted"), stream, lines, all);
            compare("rejected", rejected, recorded(lake, clicks, stream, "rejected"), stream, lines, all);
        }
        long events =
                lake.spark().sql("SELECT count(1) FROM clicks_events").head().getLong(0);
        compare("rows of clicks_events", truth.accepted(), events, Stream.ARCHIVE, lines, all);
        return new Verdict(lines, all);
    }

    private static long recorded(Lake lake, Feed feed, Stream stream, String count) {
        return lake.progress(feed, stream).newest(Integer.MAX_VALUE).stream()
                .map(ProgressRecord::counts)
                .mapToLong(counts -> counts.getOrDefault(count, 0L))
                .sum();
    }

    private static void compare(
            String what, long wanted, long found, Stream stream, List<Line> lines, List<String> differences) {
        String name = what + " (" + stream.name().toLowerCase(Locale.ROOT) + ")";
        lines.add(new Line(name, wanted, Math.abs(wanted - found)));
        if (wanted != found) {
            differences.add(name + " " + found + ", should be " + wanted);
        }
    }

    boolean isTrue() {
        return differences.isEmpty();
    }

    void print(PrintWriter out) {
        new TextTable(
                        List.of("what", "truth", "different"),
                        lines.stream()
                                .map(l ->
                                        List.of(l.what(), "%,d".formatted(l.wanted()), "%,d".formatted(l.different())))
                                .toList())
                .print(out);
        differences.stream().limit(SHOWN).forEach(difference -> out.println("  " + difference));
        out.println();
        out.println(lines.stream().mapToLong(Line::different).sum() + " rows different"
                + (isTrue() ? ": every answer is the truth" : ""));
        out.flush();
    }
}
