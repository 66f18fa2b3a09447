package dev.tideline.protocol.model;

import dev.tideline.protocol.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A history in words: who took each step, and what it changed for others to see. */
final class Trace {
    private Trace() {}

    static <P> String step(World<P> before, World<P> after) {
        List<String> changes = new ArrayList<>();
        changes(changes, "archive record", texts(before.archive), texts(after.archive));
        changes(changes, "speed record", texts(before.speed), texts(after.speed));
        changes(changes, "raw row", texts(before.raw), texts(after.raw));
        changes(changes, "speed row", texts(before.partials), texts(after.partials));
        changes(changes, "batch row", texts(before.batch), texts(after.batch));
        after.days.forEach((date, entries) -> changes(
                changes,
                "entry of day " + date.getDayOfMonth() + ":",
                before.days.containsKey(date) ? texts(before.days.get(date)) : List.of(),
                texts(entries)));
        if (!before.kafka.equals(after.kafka)) {
            changes.add("Kafka has %d copies up to %s"
                    .formatted(after.kafka.events().size(), after.kafka.end().offsets()));
        }
        return "  " + who(before, after) + (changes.isEmpty() ? "" : ": " + String.join(", ", changes));
    }

    private static <P> String who(World<P> before, World<P> after) {
        for (int i = 0; i < after.actors.size(); i++) {
            Actor<P> actor = after.actors.get(i);
            if (i >= before.actors.size() || !Objects.equals(before.actors.get(i), actor)) {
                return actor.name() + " " + phase(i < before.actors.size() ? before.actors.get(i) : actor);
            }
        }
        return "Kafka";
    }

    private static String phase(Actor<?> actor) {
        if (actor instanceof Whole<?> whole) {
            return phase(whole.actor());
        }
        if (actor instanceof Whole<?> whole) {
            return phase(whole.actor());
        }
        if (actor instanceof AtOnce) {
            return "reads, writes and records";
        }
        String text = actor.toString();
        int at = text.indexOf("phase=") + "phase=".length();
        return text.substring(at, text.indexOf(',', at))
                .toLowerCase(java.util.Locale.ROOT)
                .replace('_', ' ');
    }

    private static <R> List<String> texts(Table<R> table) {
        return table.rows().stream().map(Trace::text).toList();
    }

    private static String text(Object row) {
        if (row instanceof Progress p) {
            return "seq %d of %s, %s to %s"
                    .formatted(p.seq(), p.run(), p.from().offsets(), p.cut().offsets());
        }
        if (row instanceof Entry e) {
            return e.entry().toString();
        }
        if (row instanceof Row<?> r) {
            return "(day %d, seq %d, %s) %s".formatted(r.day().getDayOfMonth(), r.seq(), r.run(), brief(r.part()));
        }
        if (row instanceof Settled<?> s) {
            return "(day %d, generation %s) %s".formatted(s.day().getDayOfMonth(), s.generation(), brief(s.part()));
        }
        return row.toString();
    }

    private static String brief(Object part) {
        return part instanceof Event e ? "copy " + e.value() : part.toString();
    }

    private static void changes(List<String> changes, String what, List<String> before, List<String> after) {
        List<String> more = new ArrayList<>(after);
        before.forEach(more::remove);
        List<String> less = new ArrayList<>(before);
        after.forEach(less::remove);
        more.forEach(text -> changes.add("+ " + what + " " + text));
        less.forEach(text -> changes.add("- " + what + " " + text));
    }
}
