package dev.tideline.laws;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** Ad clicks. Two clicks with one id can differ in everything else, so that it shows which one won. */
final class ClickSubject implements Subject {
    @Override
    public String feed() {
        return "clicks";
    }

    @Override
    public Sample sample(Random random, Instant time) {
        Map<String, Object> fields = new HashMap<>();
        String id = "c" + random.nextInt(40);
        fields.put("ad_id", (long) random.nextInt(3));
        fields.put("campaign_id", random.nextInt(4) == 0 ? null : Long.valueOf(random.nextInt(2)));
        fields.put("user_id", random.nextInt(5) == 0 ? null : "u" + random.nextInt(9));
        fields.put("country", random.nextInt(5) == 0 ? null : random.nextBoolean() ? "DE" : "BR");
        fields.put("device", random.nextBoolean() ? "phone" : "desk");
        fields.put("cost_micros", random.nextInt(6) == 0 ? null : Long.valueOf(random.nextInt(1_000_000)));
        fields.put("is_valid", random.nextInt(5) > 0 ? Boolean.TRUE : random.nextBoolean() ? Boolean.FALSE : null);
        return new Sample(id, time, fields);
    }

    @Override
    public String json(Sample sample) {
        Map<String, Object> fields = new HashMap<>(sample.fields());
        fields.put("event_id", sample.id());
        fields.put("clicked_at", sample.time().toString());
        return Subject.object(fields);
    }

    @Override
    public String bad(Random random, Instant timestamp) {
        return switch (random.nextInt(4)) {
            case 0 -> "not json";
            case 1 -> "{\"event_id\":\"x\"}";
            case 2 -> "{\"event_id\":\"x\",\"ad_id\":1,\"cost_micros\":-5,\"clicked_at\":\"" + timestamp + "\"}";
            default -> "{\"event_id\":\"x\",\"ad_id\":1,\"clicked_at\":\"2020-01-01T00:00:00Z\"}";
        };
    }

    @Override
    public List<Question> questions() {
        return List.of(
                new Costs("clicks_by_ad", "ad_id", "campaign_id"),
                new Costs("clicks_by_ad_country", "ad_id", "country"),
                new Users());
    }

    private static boolean valid(Sample sample) {
        return Boolean.TRUE.equals(sample.get("is_valid"));
    }

    private record Costs(String rollup, String first, String second) implements Question {
        @Override
        public String key() {
            return "concat_ws('|', %s, nvl(string(%s), '-'))".formatted(first, second);
        }

        @Override
        public String values() {
            return "double(clicks), double(cost_micros)";
        }

        @Override
        public boolean counts(Sample sample) {
            return valid(sample);
        }

        @Override
        public String key(Sample sample) {
            return sample.text(first) + "|" + sample.text(second);
        }

        @Override
        public List<Double> values(List<Event> events) {
            List<Sample> paid = events.stream()
                    .map(Event::sample)
                    .filter(s -> s.get("cost_micros") != null)
                    .toList();
            double cost =
                    paid.stream().mapToDouble(s -> s.number("cost_micros")).sum();
            return List.of((double) events.size(), paid.isEmpty() ? Double.NaN : cost);
        }
    }

    private record Users() implements Question {
        @Override
        public String rollup() {
            return "clicks_by_segment";
        }

        @Override
        public String key() {
            return "concat_ws('|', nvl(string(campaign_id), '-'), nvl(country, '-'), device)";
        }

        @Override
        public String values() {
            return "double(clicks), double(users)";
        }

        @Override
        public boolean counts(Sample sample) {
            return valid(sample);
        }

        @Override
        public String key(Sample sample) {
            return sample.text("campaign_id") + "|" + sample.text("country") + "|" + sample.text("device");
        }

        @Override
        public List<Double> values(List<Event> events) {
            long users = events.stream()
                    .map(e -> e.sample().get("user_id"))
                    .filter(Objects::nonNull)
                    .distinct()
                    .count();
            return List.of((double) events.size(), (double) users);
        }
    }
}
