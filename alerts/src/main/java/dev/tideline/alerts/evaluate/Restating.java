package dev.tideline.alerts.evaluate;

import dev.tideline.alerts.engine.RuleState;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.alerts.rule.RuleQuery;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.FeedDays;
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
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
     * @param generations that have been compared, by {@code feed/day}: what the next record holds
     * @param sealedThrough the same by feed
     */
    record Outcome(
            List<AlertRecord.Restatement> restatements,
            Map<String, String> generations,
            Map<String, LocalDate> sealedThrough) {
        boolean isNew(AlertRecord before) {
            return !generations.equals(before.generations()) || !sealedThrough.equals(before.sealedThrough());
        }
    }

    /** One time that an alert fired: as it was told, or as a replay says. */
    private record Fired(Transition from, Optional<Instant> endsAt) {
        boolean overlaps(Fired other) {
            return endsAt.map(end -> end.isAfter(other.from.startsAt())).orElse(true)
                    && other.endsAt.map(end -> end.isAfter(from.startsAt())).orElse(true);
        }
    }

    /**
     * Compares the days whose generation is another than last time: those of which no rule has judged a window are taken as they
     * are, and of the others one at a time, so that evaluations do not wait for long. A sealed day gets no other generation.
     */
    Outcome compare(AlertRecord before, List<RuleGroup> groups, Instant now) {
        Map<String, FeedDays> feeds = new TreeMap<>();
        lake.feeds().all().keySet().forEach(feed -> feeds.put(feed, lake.days().feed(feed)));
        return compare(
                before,
                feeds,
                judged(before, groups),
                (judged, feed, date, generation) -> restate(judged, feed, date, generation, now));
    }

    /** Judges the windows again. */
    interface Again {
        AlertRecord.Restatement judge(List<Judged> judged, String feed, LocalDate date, String generation);
    }

    /** The same of these feeds' days, by name. */
    static Outcome compare(AlertRecord before, Map<String, FeedDays> feeds, List<Judged> judged, Again again) {
        List<AlertRecord.Restatement> restatements = new ArrayList<>();
        Map<String, String> compared = new HashMap<>();
        Map<String, LocalDate> sealedThrough = new HashMap<>(before.sealedThrough());
        feeds.forEach((feed, days) -> {
            LocalDate through = sealedThrough.getOrDefault(feed, LocalDate.MIN);
            Map<LocalDate, String> generations = new TreeMap<>();
            Set<LocalDate> waiting = new TreeSet<>();
            for (LocalDate date : days.published().keySet()) {
                Day day = days.day(date);
                String current = day.current().orElseThrow();
                String last = before.generations().get(feed + "/" + date);
                if (day.sealed() && last == null && !date.isAfter(through)) {
                    continue;
                }
                List<Judged> then = current.equals(last) ? List.of() : on(date, judged);
                if (then.isEmpty()) {
                    generations.put(date, current);
                } else if (restatements.isEmpty()) {
                    generations.put(date, current);
                    restatements.add(again.judge(then, feed, date, current));
                } else {
                    Optional.ofNullable(last).ifPresent(generation -> generations.put(date, generation));
                    waiting.add(date);
                }
            }
            LocalDate first = waiting.stream().findFirst().orElse(LocalDate.MAX);
            Predicate<LocalDate> isDone =
                    date -> date.isBefore(first) && days.day(date).sealed();
            generations.keySet().stream()
                    .filter(isDone)
                    .max(LocalDate::compareTo)
                    .filter(through::isBefore)
                    .ifPresent(last -> sealedThrough.put(feed, last));
            generations.keySet().removeIf(isDone);
            generations.forEach((date, generation) -> compared.put(feed + "/" + date, generation));
        });
        return new Outcome(restatements, compared, sealedThrough);
    }

    /** Windows that a rule has judged, and will not judge again by itself. */
    record Judged(Rule rule, Instant from, Instant to) {}

    private static List<Judged> judged(AlertRecord before, List<RuleGroup> groups) {
        Map<String, RuleState> states =
                before.rules().stream().collect(Collectors.toMap(RuleState::rule, Function.identity()));
        return groups.stream()
                .flatMap(group -> group.rules().stream())
                .flatMap(rule -> Stream.ofNullable(states.get(rule.id()))
                        .map(state -> new Judged(rule, state.since(), state.settled())))
                .toList();
    }

    /** Those of them that are of {@code day} (UTC). */
    private static List<Judged> on(LocalDate day, List<Judged> judged) {
        Instant start = day.atStartOfDay().toInstant(ZoneOffset.UTC);
        Instant end = day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC);
        return judged.stream()
                .map(all -> new Judged(
                        all.rule(),
                        all.from().isAfter(start) ? all.from() : start,
                        all.to().isBefore(end) ? all.to() : end))
                .filter(windows -> windows.from().isBefore(windows.to()))
                .toList();
    }

    private AlertRecord.Restatement restate(
            List<Judged> judged, String feed, LocalDate day, String generation, Instant now) {
        Lake apart = lake.apart();
        List<String> names = Views.register(apart.spark(), apart.root());
        Views views = new Views(apart);
        List<Transition> decided =
                ledger.transitionsSince(day.minusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC));
        List<Transition> missed = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        for (Judged one : judged) {
            boolean reads = RuleQuery.views(one.rule(), names).stream()
                    .anyMatch(view -> views.feed(view).map(Feed::name).equals(Optional.of(feed)));
            try {
                if (reads && RuleQuery.isWindowed(apart.spark(), one.rule())) {
                    restate(one, apart, decided, now, missed, wrong);
                }
            } catch (CannotException | IllegalArgumentException e) {
                LOG.warn(
                        "{} of {} is not judged again by {}: {}",
                        day,
                        feed,
                        one.rule().id(),
                        e.getMessage());
            }
        }
        LOG.info(
                "{} of {} judged again as {}: {} alerts missed, {} would not have fired",
                day,
                feed,
                generation,
                missed.size(),
                wrong.size());
        return new AlertRecord.Restatement(feed, day, generation, now, missed, wrong);
    }

    private static void restate(
            Judged one, Lake lake, List<Transition> decided, Instant now, List<Transition> missed, List<String> wrong) {
        Rule rule = one.rule();
        Collection<Fired> told = fired(of(rule, decided));
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

    private static List<Transition> of(Rule rule, List<Transition> decided) {
        return decided.stream()
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
