package dev.tideline.system;

import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.ClickRollup;
import dev.tideline.embedded.ClickSender;
import dev.tideline.embedded.ClickTruth;
import dev.tideline.embedded.Pace;
import dev.tideline.embedded.Sent;
import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Progress;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Clicks that arrive at a topic, and what must be answered about them: at the end, and at any moment before. */
final class Arrivals implements AutoCloseable {
    /** A record that the broker has taken. */
    private record Arrival(Sent sent, long offset) {
        boolean isBelow(Cut cut) {
            return cut.offsets().entrySet().stream()
                    .anyMatch(e -> e.getKey().partition() == sent.partition() && offset < e.getValue());
        }
    }

    private final ClickGenerator clicks;
    private final ClickSender sender;
    private final ClickTruth truth = new ClickTruth(0);
    private final List<Arrival> arrivals = new ArrayList<>();
    private Thread thread = new Thread();
    private CompletableFuture<Long> sending = CompletableFuture.completedFuture(0L);

    Arrivals(ClickGenerator clicks, String bootstrapServers, String topic) {
        this.clicks = clicks;
        this.sender = ClickSender.to(bootstrapServers, topic);
    }

    void send(int count) {
        sender.send(clicks, count, Pace.flatOut(), this::add);
    }

    /** Clicks arrive from now on, until {@link #pause}. */
    void flow(double perSecond) {
        sending = new CompletableFuture<>();
        CompletableFuture<Long> done = sending;
        thread = new Thread(() -> {
            try {
                done.complete(sender.send(clicks, Long.MAX_VALUE, Pace.perSecond(perSecond), this::add));
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        thread.start();
    }

    /** Returns when the broker has all that were sent. */
    void pause() {
        thread.interrupt();
        sending.join();
    }

    private synchronized void add(Sent sent, long offset) {
        truth.add(sent, offset);
        arrivals.add(new Arrival(sent, offset));
    }

    /** What a perfect system would answer about all of them. */
    ClickTruth truth() {
        return truth;
    }

    /** What a perfect system would answer about those that lie below {@code cut}. */
    ClickTruth below(Cut cut) {
        return between(Cut.NOTHING, cut);
    }

    /**
     * What the view must be the sum of now: of each day the winners below its horizon, and the winners of each later
     * micro-batch of the speed layer.
     *
     * @param speed all records of the speed layer
     */
    List<ClickTruth> parts(List<Progress> speed, Map<LocalDate, Day> days) {
        Map<LocalDate, Horizon> horizons = new TreeMap<>();
        truth.dates()
                .forEach(date -> horizons.put(
                        date, days.getOrDefault(date, Day.NEW).horizon().orElse(new Horizon(0, Cut.NOTHING))));
        List<ClickTruth> parts = new ArrayList<>();
        horizons.forEach((date, horizon) -> parts.add(below(cut(horizon, speed)).on(date)));
        for (Progress record : speed) {
            ClickTruth winners = between(record.from(), record.cut());
            horizons.forEach((date, horizon) -> {
                if (record.seq() > horizon.seq()) {
                    parts.add(winners.on(date));
                }
            });
        }
        return parts;
    }

    private static Cut cut(Horizon horizon, List<Progress> speed) {
        return horizon.cut()
                .orElseGet(() -> speed.stream()
                        .filter(record -> record.seq() == horizon.seq())
                        .findFirst()
                        .orElseThrow()
                        .cut());
    }

    /** The clicks of each row, by window and dimensions. */
    static Map<String, Long> clicks(List<ClickTruth> parts, ClickRollup rollup, ClickRollup.Grain grain) {
        Map<String, Long> rows = new TreeMap<>();
        parts.forEach(part -> part.rows(rollup, grain)
                .forEach(row -> rows.merge(
                        row.windowStart() + "|" + String.join("|", row.dimensions()), row.clicks(), Long::sum)));
        return rows;
    }

    private synchronized ClickTruth between(Cut from, Cut cut) {
        ClickTruth some = new ClickTruth(0);
        arrivals.stream()
                .filter(arrival -> arrival.isBelow(cut) && !arrival.isBelow(from))
                .forEach(arrival -> some.add(arrival.sent(), arrival.offset()));
        return some;
    }

    @Override
    public void close() {
        thread.interrupt();
        sender.close();
    }
}
