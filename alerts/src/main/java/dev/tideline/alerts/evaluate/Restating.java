package dev.tideline.alerts.evaluate;

import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.alerts.rule.RuleQuery;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.notify.Transition;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Day;
import dev.tideline.serving.Views;
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

    private final Lake lake;
    private final AlertLedger ledger;

    Restating(Lake lake, AlertLedger ledger) {
        this.lake = lake;
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

    /**
     * Compares the days whose generation is another than last time: those of which no rule has judged a window are taken as they
     * are, and of the others one at a time, so that evaluations do not wait for long.
     */
    Outcome compare(AlertRecord before, List<RuleGroup> groups, Instant now) {
        Map<String, String> generations = new HashMap<>();
        List<AlertRecord.Restatement> restatements = new ArrayList<>();
        for (Feed feed : lake.feeds().all().values()) {
            for (Map.Entry<LocalDate, Day> day : lake.days().days(feed.name()).entrySet()) {
                String key = feed.name() + "/" + day.getKey();
                Optional<String> current = day.getValue().current();
                if (current.isEmpty()
                        || current.get().equals(before.generations().get(key))) {
                    continue;
                }
                List<Judged> judged = judged(before, groups, day.getKey());
                if (judged.isEmpty()) {
                    generations.put(key, current.get());
                } else if (restatements.isEmpty()) {
                    generations.put(key, current.get());
                    restatements.add(restate(judged, feed, day.getKey(), current.get(), now));
                }
            }
        }
        return new Outcome(restatements, generations);
    }

    /** Windows of a day that a rule has judged, and will not judge again by itself. */
    private record Judged(Rule rule, Instant from, Instant to) {}

    private static List<Judged> judged(AlertRecord before, List<RuleGroup> groups, LocalDate day) {
        Instant start = day.atStartOfDay().toInstant(ZoneOffset.UTC);
        Instant end = day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC);
        List<Judged> judged = new ArrayList<>();
        for (Rule rule :
                groups.stream().flatMap(group -> group.rules().stream()).toList()) {
            before.rule(rule.id()).ifPresent(state -> {
                Instant from = state.since().isAfter(start) ? state.since() : start;
                Instant to = state.settled().isBefore(end) ? state.settled() : end;
                if (from.isBefore(to)) {
                    judged.add(new Judged(rule, from, to));
                }
            });
        }
        return judged;
    }

    private AlertRecord.Restatement restate(
            List<Judged> judged, Feed feed, LocalDate day, String generation, Instant now) {
        Lake apart = lake.apart();
        List<String> names = Views.register(apart.spark(), apart.root());
        Views views = new Views(apart);
        List<AlertRecord> records = ledger.since(day.minusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC));
        List<Transition> missed = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        for (Judged one : judged) {
            boolean reads = RuleQuery.views(one.rule(), names).stream()
                    .anyMatch(view -> views.feed(view).map(Feed::name).equals(Optional.of(feed.name())));
            try {
                if (reads && RuleQuery.isWindowed(apart.spark(), one.rule())) {
                    restate(one, apart, records, now, missed, wrong);
                }
            } catch (CannotException | IllegalArgumentException e) {
                LOG.warn(
                        "{} of {} is not judged again by {}: {}",
                        day,
                        feed.name(),
                        one.rule().id(),
                        e.getMessage());
            }
        }
        LOG.info(
                "{} of {} judged again as {}: {} alerts missed, {} would not have fired",
                day,
                feed.name(),
                generation,
                missed.size(),
                wrong.size());
        return new AlertRecord.Restatement(feed.name(), day, generation, now, missed, wrong);
    }

    private static void restate(
            Judged one,
            Lake lake,
            List<AlertRecord> records,
            Instant now,
            List<Transition> missed,
            List<String> wrong) {
        Rule rule = one.rule();
        Collection<Fired> told = fired(transitions(records, rule));
        Collection<Fired> replayed = fired(Replay.of(lake.spark(), rule, one.from(), one.to(), now));
        replayed.stream()
                .filter(f -> in(f, one) && told.stream().noneMatch(t -> same(rule, t, f)))
                .forEach(f -> missed.add(f.from()));
        told.stream()
                .filter(t -> in(t, one) && replayed.stream().noneMatch(f -> same(rule, t, f)))
                .forEach(t -> wrong.add(t.from().key()));
    }

    private static boolean in(Fired fired, Judged one) {
        Instant start = fired.from().startsAt();
        return !start.isBefore(one.from()) && start.isBefore(one.to());
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
