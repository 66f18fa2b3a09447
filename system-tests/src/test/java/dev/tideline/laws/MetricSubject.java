package dev.tideline.laws;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Server metrics. Two samples of one series at one time are duplicates and can have other values. */
final class MetricSubject implements Subject {
    @Override
    public String feed() {
        return "metrics";
    }

    @Override
    public Sample sample(Random random, Instant time) {
        Map<String, Object> fields = new HashMap<>();
        Map<String, String> labels = new TreeMap<>();
        if (random.nextBoolean()) {
            labels.put("service", "s" + random.nextInt(2));
        }
        if (random.nextInt(3) == 0) {
            labels.put("host", "h" + random.nextInt(2));
        }
        Instant at = time.truncatedTo(ChronoUnit.SECONDS).plusMillis(random.nextInt(2) * 500L);
        fields.put("metric", "m" + random.nextInt(2));
        fields.put("labels", random.nextInt(8) == 0 ? null : labels);
        fields.put("value", random.nextInt(4000) / 8.0 - 100);
        return new Sample(fields.get("metric") + "/" + fields.get("labels") + "/" + at, at, fields);
    }

    @Override
    public String json(Sample sample) {
        Map<String, Object> fields = new HashMap<>(sample.fields());
        fields.put("time", sample.time().toEpochMilli());
        return Subject.object(fields);
    }

    @Override
    public String bad(Random random, Instant timestamp) {
        return random.nextBoolean()
                ? "{\"metric\":\"m\",\"value\":1e999,\"time\":\"" + timestamp + "\"}"
                : "{\"metric\":\"m\",\"labels\":{\"a\":\"1\",\"a\":\"2\"},\"value\":1,\"time\":\"" + timestamp + "\"}";
    }

    @Override
    public List<Question> questions() {
        return List.of(new Series(), new Services());
    }

    private record Series() implements Question {
        private static final Comparator<Event> BY_TIME = Comparator.comparing(
                        (Event e) -> e.sample().time())
                .thenComparing(Event::partition)
                .thenComparing(Event::offset);

        @Override
        public String rollup() {
            return "metrics";
        }

        @Override
        public String key() {
            return "concat_ws('|', metric, nvl(to_json(labels), '-'))";
        }

        @Override
        public String values() {
            return "double(samples), sum, min, max, last, avg";
        }

        @Override
        public boolean counts(Sample sample) {
            return true;
        }

        @Override
        public String key(Sample sample) {
            @SuppressWarnings("unchecked")
            Map<String, Object> labels = (Map<String, Object>) sample.get("labels");
            return sample.text("metric") + "|" + (labels == null ? "-" : Subject.object(labels));
        }

        @Override
        public List<Double> values(List<Event> events) {
            double sum =
                    events.stream().mapToDouble(e -> e.sample().number("value")).sum();
            return List.of(
                    (double) events.size(),
                    sum,
                    events.stream()
                            .mapToDouble(e -> e.sample().number("value"))
                            .min()
                            .getAsDouble(),
                    events.stream()
                            .mapToDouble(e -> e.sample().number("value"))
                            .max()
                            .getAsDouble(),
                    events.stream().max(BY_TIME).orElseThrow().sample().number("value"),
                    sum / events.size());
        }
    }

    private record Services() implements Question {
        @Override
        public String rollup() {
            return "metrics_by_service";
        }

        @Override
        public String key() {
            return "concat_ws('|', metric, nvl(service, '-'))";
        }

        @Override
        public String values() {
            return "double(samples), dist_p50, dist_p95";
        }

        @Override
        public boolean counts(Sample sample) {
            return true;
        }

        @Override
        public String key(Sample sample) {
            Map<?, ?> labels = (Map<?, ?>) sample.get("labels");
            Object service = labels == null ? null : labels.get("service");
            return sample.text("metric") + "|" + (service == null ? "-" : service);
        }

        @Override
        public List<Double> values(List<Event> events) {
            return List.of((double) events.size(), 0.5, 0.95);
        }

        @Override
        public boolean equal(int column, double found, double expected, List<Event> events) {
            if (column == 0) {
                return found == expected;
            }
            // The rank of what was found, within the sketch's published error.
            double below = events.stream()
                    .filter(e -> e.sample().number("value") < found)
                    .count();
            double upTo = events.stream()
                    .filter(e -> e.sample().number("value") <= found)
                    .count();
            double error = 0.0165 * events.size() + 1;
            return below - error <= expected * events.size() && expected * events.size() <= upTo + error;
        }
    }
}
