package dev.tideline.alerts.evaluate;

import dev.tideline.alerts.Transition;
import dev.tideline.alerts.engine.RuleState;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.alerts.rule.RuleQuery;
import dev.tideline.feed.Feed;
import dev.tideline.serving.Views;
import dev.tideline.settle.Day;
import dev.tideline.table.Lake;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges the windows of a day again once another generation of it is published, and compares with what was told. It marks
 * history; it tells nobody anything.
 */
final class Restating {
    private static final Logger LOG = LoggerFactory.getLogger(Restating.class);

    private final Lake shared;
    private final AlertLedger ledger;

    Restating(Lake lake, AlertLedger ledger) {
        this.shared = lake;
        this.ledger = ledger;
    }

    /**
     * What came of it.
     *
     * @param generations that are compared now, by {@code feed/day}
     */
    record Outcome(List<AlertRecord.Restatement> restatements, Map<String, String> generations) {}

    /** One time that an alert fired: as it was told, or as a replay says. */
    private record Fired(Transition from, Optional<Instant> endsAt) {
        boolean overlaps(Fired other) {
            return endsAt.map(end -> end.isAfter(other.from.startsAt())).orElse(true)
                    && other.endsAt.map(end -> end.isAfter(from.startsAt())).orElse(true);
        }
    }

    /** Compares every day whose generation is another than last time; days from before the first record are taken as they are. */
    Outcome compare(AlertRecord before, List<RuleGroup> groups, Instant now) {
        Map<String, String> generations = new HashMap<>();
        List<AlertRecord.Restatement> restatements = new ArrayList<>();
        for (Feed feed : shared.feeds().all().values()) {
            for (Map.Entry<LocalDate, Day> day : shared.days().days(feed.name()).entrySet()) {
                String key = feed.name() + "/" + day.getKey();
                Optional<String> current = day.getValue().current();
                if (current.isPresent()
                        && !current.get().equals(before.generations().get(key))) {
                    generations.put(key, current.get());
                    restate(before, groups, feed, day.getKey(), current.get(), now)
                            .ifPresent(restatements::add);
                }
            }
        }
        return new Outcome(restatements, generations);
    }

    private Optional<AlertRecord.Restatement> restate(
            AlertRecord before, List<RuleGroup> groups, Feed feed, LocalDate day, String generation, Instant now) {
        Lake lake = shared.apart();
        List<String> names = Views.register(lake.spark(), lake.root());
        Views views = new Views(lake);
        Instant start = day.atStartOfDay().toInstant(ZoneOffset.UTC);
        Instant end = day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC);
        List<Transition> missed = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        boolean judged = false;
        List<AlertRecord> records = ledger.since(start.minusSeconds(86_400));
        for (Rule rule :
                groups.stream().flatMap(group -> group.rules().stream()).toList()) {
            Optional<RuleState> state = before.rule(rule.id());
            boolean reads = RuleQuery.views(rule, names).stream()
                    .anyMatch(view -> views.feed(view).map(Feed::name).equals(Optional.of(feed.name())));
            if (!reads || state.isEmpty() || !RuleQuery.isWindowed(lake.spark(), rule)) {
                continue;
            }
            Instant from = latest(start, state.get().since());
            Instant to = state.get().settled().isBefore(end) ? state.get().settled() : end;
            if (!from.isBefore(to)) {
                continue;
            }
            judged = true;
            Collection<Fired> told = fired(transitions(records, rule));
            Collection<Fired> replayed = fired(Replay.of(lake.spark(), rule, from, to, now));
            replayed.stream()
                    .filter(f -> in(f, from, to) && told.stream().noneMatch(t -> same(rule, t, f)))
                    .forEach(f -> missed.add(f.from()));
            told.stream()
                    .filter(t -> in(t, from, to) && replayed.stream().noneMatch(f -> same(rule, t, f)))
                    .forEach(t -> wrong.add(t.from().key()));
        }
        if (!judged) {
            return Optional.empty();
        }
        LOG.info(
                "{} of {} judged again as {}: {} alerts missed, {} would not have fired",
                day,
                feed.name(),
                generation,
                missed.size(),
                wrong.size());
        return Optional.of(new AlertRecord.Restatement(feed.name(), day, generation, now, missed, wrong));
    }

    private static Instant latest(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    private static boolean in(Fired fired, Instant from, Instant to) {
        Instant start = fired.from().startsAt();
        return !start.isBefore(from) && start.isBefore(to);
    }

    private static List<Transition> transitions(List<AlertRecord> records, Rule rule) {
        return records.stream()
                .flatMap(record -> record.transitions().stream())
                .filter(t -> t.group().equals(rule.group()) && t.alert().equals(rule.name()))
                .toList();
    }

    /** Each firing with the end that came to it, by key. */
    private static Collection<Fired> fired(List<Transition> transitions) {
        Map<String, Fired> fired = new LinkedHashMap<>();
        for (Transition t : transitions) {
            if (t.kind() == Transition.Kind.FIRING) {
                fired.put(t.key(), new Fired(t, Optional.empty()));
            } else {
                fired.computeIfPresent(t.key(), (key, f) -> new Fired(f.from(), t.endsAt()));
            }
        }
        return fired.values();
    }

    private static boolean same(Rule rule, Fired told, Fired replayed) {
        return told.overlaps(replayed) && queried(rule, told.from()).equals(queried(rule, replayed.from()));
    }

    /** The labels without those that the rule makes, which may have the value in them. */
    private static SortedMap<String, String> queried(Rule rule, Transition transition) {
        SortedMap<String, String> labels = new TreeMap<>(transition.labels());
        labels.keySet().removeAll(rule.labels().keySet());
        return labels;
    }
}
