package dev.tideline.operations;

import dev.tideline.feed.FeedDeclaration;
import dev.tideline.ledger.Availability;
import dev.tideline.ledger.FeedHistory;
import dev.tideline.ledger.FeedLedger;
import dev.tideline.ledger.LakeLedgers;
import dev.tideline.ledger.ProgressRecord;
import dev.tideline.ledger.RollupDays;
import dev.tideline.ledger.Stream;
import dev.tideline.rollup.RollupDeclaration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a changed feed file does to the days that a lake has, known before its streams start with it. */
public final class ChangedRollups {
    private ChangedRollups() {}

    /**
     * A line for each rollup of {@code feed} that the lake knows by another definition or not at all, and that readers will see less of some
     * days of; none where the lake does not know the feed.
     */
    public static List<String> effects(LakeLedgers ledgers, FeedDeclaration feed) {
        Optional<FeedDeclaration> declared = Optional.ofNullable(
                        FeedLedger.newest(ledgers.feeds().all()).get(feed.name()))
                .flatMap(declaration -> ledgers.feeds().file(feed.name(), declaration.source()));
        if (declared.isEmpty()) {
            return List.of();
        }
        Optional<ProgressRecord> archive =
                ledgers.progress(feed.name(), Stream.ARCHIVE).last();
        Availability availability = Availability.of(
                ledgers.days().feed(feed.name()),
                ledgers.progress(feed.name(), Stream.SPEED).last(),
                FeedHistory.of(ledgers, feed.name(), feed.source()));
        Set<LocalDate> days = new TreeSet<>(availability.days());
        archive.ifPresent(record -> days.addAll(record.touched().keySet()));
        List<String> effects = new ArrayList<>();
        for (RollupDeclaration rollup : feed.rollups()) {
            if (declared.get()
                    .rollup(rollup.name())
                    .filter(known -> known.fingerprint().equals(rollup.fingerprint()))
                    .isEmpty()) {
                effects(rollup, availability, days).forEach(effects::add);
            }
        }
        return effects;
    }

    private static List<String> effects(RollupDeclaration rollup, Availability availability, Set<LocalDate> days) {
        RollupDays seen = availability.of(rollup);
        List<LocalDate> hidden = new ArrayList<>();
        TreeMap<String, List<LocalDate>> missing = new TreeMap<>();
        for (LocalDate day : days) {
            seen.of(day)
                    .ifPresentOrElse(
                            sources -> sources.missing()
                                    .forEach(measure -> missing.computeIfAbsent(measure, m -> new ArrayList<>())
                                            .add(day)),
                            () -> hidden.add(day));
        }
        List<String> effects = new ArrayList<>();
        missing.forEach((measure, some) -> effects.add("%s: %s will read NULL in %s%s"
                .formatted(rollup.name(), count(some), measure, until(some, availability))));
        if (!hidden.isEmpty()) {
            effects.add(
                    "%s: %s will not be in it, since no rows of before count the same events by the same dimensions%s"
                            .formatted(rollup.name(), count(hidden), until(hidden, availability)));
        }
        return effects;
    }

    private static String count(List<LocalDate> days) {
        return days.size() == 1 ? "1 day" : "%,d days".formatted(days.size());
    }

    /** Raw rows of a sealed day are gone. */
    private static String until(List<LocalDate> days, Availability availability) {
        long sealed = days.stream()
                .filter(day -> availability.resolution().day(day).sealed())
                .count();
        if (sealed == 0) {
            return " (until recomputed)";
        }
        return sealed == days.size()
                ? " (sealed: for ever)"
                : " (%,d of them sealed: for ever; the others until recomputed)".formatted(sealed);
    }
}
