package dev.tideline.collect;

import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One measured value.
 *
 * @param metric name with its unit, as OpenMetrics has them: {@code memory_used_bytes}
 * @param labels which of several, for example {@code core}
 */
record Gauge(String metric, SortedMap<String, String> labels, double value) {
    static Gauge of(String metric, double value) {
        return new Gauge(metric, new TreeMap<>(), value);
    }

    static Gauge of(String metric, long value) {
        return of(metric, (double) value);
    }

    static Gauge of(String metric, String label, String which, double value) {
        return new Gauge(metric, new TreeMap<>(Map.of(label, which)), value);
    }

    /** This value of a service on a host. */
    Gauge from(String host, String service) {
        TreeMap<String, String> all = new TreeMap<>(labels);
        all.put("host", host);
        all.put("service", service);
        return new Gauge(metric, all, value);
    }

    /** Whether the value can be written as JSON, which knows neither NaN nor Infinity. */
    boolean isFinite() {
        return Double.isFinite(value);
    }

    /** An event of the metrics feed; {@code time} becomes ISO-8601 text in UTC. */
    String json(Instant time) {
        StringBuilder json = new StringBuilder(200).append("{\"metric\":");
        quote(json, metric);
        json.append(",\"labels\":{");
        String separator = "";
        for (Map.Entry<String, String> label : labels.entrySet()) {
            json.append(separator);
            quote(json, label.getKey());
            json.append(':');
            quote(json, label.getValue());
            separator = ",";
        }
        json.append("},\"value\":").append(value).append(",\"time\":\"").append(time);
        return json.append("\"}").toString();
    }

    private static void quote(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}
