package dev.tideline.fuzz;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What one row of a view must say: the events of one key and window, in plain Java. */
final class Tally {
    /** An accepted event. Times in microseconds since 1970 (UTC). */
    record Event(int batch, int partition, long offset, long timestamp, long time, Map<String, Object> columns) {
        static final Comparator<Event> FIRST = Comparator.comparingLong(Event::timestamp)
                .thenComparingInt(Event::partition)
                .thenComparingLong(Event::offset);
        static final Comparator<Event> BY_TIME = Comparator.comparingLong(Event::time)
                .thenComparingInt(Event::partition)
                .thenComparingLong(Event::offset);

        long day() {
            return Math.floorDiv(time, 86_400_000_000L);
        }

        Object get(String column) {
            return columns.get(column);
        }
    }

    private long count;
    private BigInteger cost;
    private final Set<Object> users = new HashSet<>();
    private final List<Double> values = new ArrayList<>();
    private Event last;

    /** Without duplicates. */
    static List<Event> winners(List<Event> events, List<String> id) {
        Map<List<Object>, Event> winners = new HashMap<>();
        for (Event event : events) {
            List<Object> key = new ArrayList<>(List.of(event.day()));
            id.forEach(column -> key.add(event.get(column)));
            winners.merge(key, event, (a, b) -> Event.FIRST.compare(a, b) <= 0 ? a : b);
        }
        return new ArrayList<>(winners.values());
    }

    void add(Event event) {
        count++;
        if (event.get("cost_micros") instanceof Long micros) {
            cost = (cost == null ? BigInteger.ZERO : cost).add(BigInteger.valueOf(micros));
        }
        if (event.get("user_id") != null) {
            users.add(event.get("user_id"));
        }
        if (event.get("value") instanceof Double value) {
            values.add(value);
            last = last == null || Event.BY_TIME.compare(last, event) < 0 ? event : last;
        }
    }

    long count() {
        return count;
    }

    /** Whether {@code found}, a number of a view's row, is right. */
    boolean is(String measure, Object found) {
        return switch (measure) {
            case "clicks", "samples" -> found instanceof Long n && n == count;
            case "cost_micros" ->
                cost == null
                        ? found == null
                        : found instanceof java.math.BigDecimal sum
                                && sum.toBigIntegerExact().equals(cost);
            // A sketch of few values is exact but for what comes of two hashes being equal.
            case "users" -> found instanceof Long n && Math.abs(n - users.size()) <= 0.01 + 0.05 * users.size();
            case "min" -> same(found, false);
            case "max" -> same(found, true);
            case "last" -> (Double) found == (double) (Double) last.get("value");
            case "sum" -> isSum(found, 1);
            case "avg" -> isSum(found, count);
            case "dist_p50" -> isRank((Double) found, 0.5);
            case "dist_p95" -> isRank((Double) found, 0.95);
            case "dist_p99" -> isRank((Double) found, 0.99);
            default -> throw new IllegalArgumentException(measure);
        };
    }

    private boolean same(Object found, boolean greatest) {
        double wanted = greatest
                ? values.stream().mapToDouble(Double::doubleValue).max().orElseThrow()
                : values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        return (Double) found == wanted;
    }

    /** Doubles that add up to more than there is have no one sum. */
    private boolean isSum(Object found, double divisor) {
        double all = values.stream().mapToDouble(Math::abs).sum();
        double sum = values.stream().mapToDouble(Double::doubleValue).sum();
        return !Double.isFinite(all) || Math.abs((Double) found - sum / divisor) <= 1e-9 * all / divisor;
    }

    private boolean isRank(double found, double rank) {
        double error = 0.0165 * count + 1;
        long below = values.stream().filter(v -> v < found).count();
        long upTo = values.stream().filter(v -> v <= found).count();
        return below - error <= rank * count && rank * count <= upTo + error;
    }

    @Override
    public String toString() {
        return count + " events, cost " + cost + ", " + users.size() + " users, "
                + (values.size() > 9 ? values.size() : values);
    }
}
