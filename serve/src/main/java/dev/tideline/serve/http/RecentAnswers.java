package dev.tideline.serve.http;

import dev.tideline.serving.FeedSnapshot;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The rows of recent questions, kept until readers of their feed see others: what many pages ask is computed once. */
final class RecentAnswers {
    private static final int MOST = 256;
    /** An answer with more rows is not kept. */
    private static final int MOST_ROWS = 200;

    private final Map<String, OfOneMoment> byFeed = new HashMap<>();

    /** The answers of one feed, the least recently asked first. */
    private record OfOneMoment(FeedSnapshot snapshot, Map<Object, List<Map<String, Object>>> rows) {}

    /**
     * The rows of {@code question} at {@code snapshot}.
     *
     * @param question equal to others whose rows are the same
     */
    List<Map<String, Object>> rows(
            FeedSnapshot snapshot, Object question, Supplier<List<Map<String, Object>>> computed) {
        Map<Object, List<Map<String, Object>>> known = known(snapshot);
        synchronized (known) {
            if (known.containsKey(question)) {
                return known.get(question);
            }
        }
        List<Map<String, Object>> rows = List.copyOf(computed.get());
        if (rows.size() <= MOST_ROWS) {
            synchronized (known) {
                known.put(question, rows);
            }
        }
        return rows;
    }

    private synchronized Map<Object, List<Map<String, Object>>> known(FeedSnapshot snapshot) {
        return byFeed.compute(
                        snapshot.feed().name(),
                        (name, before) -> before != null && snapshot.showsSameRollups(before.snapshot())
                                ? before
                                : new OfOneMoment(snapshot, leastRecentFirst()))
                .rows();
    }

    private static Map<Object, List<Map<String, Object>>> leastRecentFirst() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Object, List<Map<String, Object>>> eldest) {
                return size() > MOST;
            }
        };
    }
}
