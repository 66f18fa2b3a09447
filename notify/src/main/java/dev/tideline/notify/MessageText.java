package dev.tideline.notify;

import java.util.Map;
import java.util.stream.Collectors;

/** A transition as people read it. */
final class MessageText {
    private MessageText() {}

    /** What happened, in one line: {@code [FIRING] CPU of db-1 is above 90 %}. */
    static String title(Transition transition) {
        return "[%s] %s".formatted(transition.kind(), summary(transition));
    }

    /** The annotation {@code summary}, or the alert's name and labels. */
    static String summary(Transition transition) {
        String summary = line(transition.annotations().getOrDefault("summary", ""));
        if (!summary.isEmpty()) {
            return summary;
        }
        String labels = transition.labels().entrySet().stream()
                .filter(e -> !e.getKey().equals("alertname"))
                .map(e -> e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining(", "));
        return line(labels.isEmpty() ? transition.alert() : transition.alert() + " (" + labels + ")");
    }

    /** Everything, in lines. */
    static String body(Transition transition) {
        StringBuilder body = new StringBuilder(title(transition)).append("\n\n");
        transition.annotations().forEach((name, text) -> {
            if (!name.equals("summary")) {
                body.append(name).append(": ").append(text).append('\n');
            }
        });
        body.append("alert: ").append(transition.alert()).append('\n');
        body.append("group: ").append(transition.group()).append('\n');
        for (Map.Entry<String, String> label : transition.labels().entrySet()) {
            body.append(label.getKey()).append(": ").append(label.getValue()).append('\n');
        }
        transition
                .value()
                .ifPresent(value -> body.append("value: ").append(value).append('\n'));
        body.append("since: ").append(transition.startsAt()).append('\n');
        transition.endsAt().ifPresent(end -> body.append("until: ").append(end).append('\n'));
        if (transition.provisional()) {
            body.append("provisional: not settled by a recompute yet\n");
        }
        return body.append("key: ").append(transition.key()).append('\n').toString();
    }

    /** One line without control characters. */
    static String line(String text) {
        return text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ").strip();
    }

    /** Its first {@code max} characters, whole ones. */
    static String cut(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max);
    }
}
