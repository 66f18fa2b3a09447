package dev.tideline.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.protocol.Cut;
import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import dev.tideline.protocol.Days;
import dev.tideline.protocol.Horizon;
import dev.tideline.protocol.Owners;
import dev.tideline.protocol.Progress;
import dev.tideline.protocol.Resolution;
import dev.tideline.rollup.RollupDeclaration;
import dev.tideline.rollup.RollupDeclaration.Column;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AvailabilityTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 16);
    private static final LocalDate NEVER_SEEN = DAY.minusYears(1);

    /** How the rollup was defined at some time: by name of the case, by number of the event's field for short. */
    private static final Map<String, RollupDeclaration> DEFINITIONS = new TreeMap<>(Map.of(
            "now", sales("ok", "shop", "n", "users"),
            "less", sales("(OK)", "shop", "n"),
            "more", sales("ok", "shop", "n", "users", "cost"),
            "other", sales("ok", "shop", "n", "cost"),
            "changed",
                    new RollupDeclaration(
                            "sales",
                            Optional.of("ok"),
                            columns("shop"),
                            List.of(new Column("n", "count()"), new Column("users", "distinct(id)")),
                            Map.of()),
            "where", sales("not ok", "shop", "n", "users"),
            "by", sales("ok", "town", "n", "users")));

    /**
     * @param epochs the first micro-batch of each definition; the last micro-batch is 9
     * @param first the first micro-batch that had events of the day
     * @param published definition and horizon of the day's generation
     */
    @ParameterizedTest(name = "{0}, events from {1}, published {2}: {3}")
    @CsvSource(delimiter = '|', textBlock = """
            # epochs            | first | published | seen
            now 1               | 1     | -         | present
            less 1, now 5       | 6     | -         | present
            less 1, now 5       | 3     | -         | less, without users
            less 1, now 5       | 3     | less 2    | less, without users
            less 1, now 5       | 3     | less 4    | less, without users
            less 1, now 5       | 3     | now 4     | present
            less 1, now 5       | 3     | now 3     | less, without users
            less 1, now 5       | 3     | now 9     | present
            less 1, now 5       | 3     | less 9    | less, without users
            less 1, now 5       | 3     | where 4   | hidden
            less 1, now 5       | 3     | none 9    | hidden
            more 1, now 5       | 3     | -         | more
            more 1, now 5       | 3     | more 2    | more
            other 1, now 5      | 3     | -         | other, without users
            changed 1, now 5    | 3     | -         | changed, without users
            where 1, now 5      | 3     | -         | hidden
            where 1, now 5      | 3     | now 4     | present
            by 1, now 5         | 3     | -         | hidden
            lost 1, now 5       | 3     | -         | hidden
            less 1              | 3     | -         | less, without users
            less 1              | 3     | now 9     | present
            less 1              | 3     | now 8     | less, without users
            more 1              | 3     | -         | more
            where 1             | 3     | -         | hidden
            where 1             | 3     | now 9     | present
            none 1              | 3     | -         | hidden
            more 1, less 3, now 5  | 1  | -         | less more, without users
            more 1, less 3, now 5  | 3  | -         | less, without users
            more 1, less 3, now 5  | 1  | more 2    | less more, without users
            where 1, less 3, now 5 | 3  | -         | less, without users
            where 1, less 3, now 5 | 1  | -         | hidden
            where 1, less 3, now 5 | 1  | now 2     | less, without users
            now 1, less 3, now 5   | 1  | -         | less, without users
            now 1, less 3, now 5   | 1  | now 4     | present
            less 1, none 3, now 5  | 1  | -         | hidden
            less 1, none 3, now 5  | 1  | less 4    | less, without users
            """)
    void aDayIsSeenByTheDefinitionsThatHoldItsEventsBetweenThem(
            String epochs, long first, String published, String seen) {
        History history = new History();
        String[] parts = epochs.split(", ");
        for (int i = 0; i < parts.length; i++) {
            String[] part = parts[i].split(" ");
            long next = i + 1 < parts.length ? Long.parseLong(parts[i + 1].split(" ")[1]) : 10;
            while (history.seq() < next - 1) {
                history.record(part[0], history.seq() + 1 == first ? Set.of(DAY) : Set.of());
            }
        }
        if (!published.equals("-")) {
            String[] generation = published.split(" ");
            history.publish(DAY, generation[0], Long.parseLong(generation[1]));
        }

        RollupDays days = history.availability().of(DEFINITIONS.get("now"));

        assertThat(text(days.of(DAY))).isEqualTo(seen);
        assertThat(days.available().contains(DAY)).isEqualTo(!seen.equals("hidden"));
        assertThat(days.isWhole(DAY)).isEqualTo(!seen.equals("hidden") && !seen.contains("without"));
    }

    @Test
    void everyEventOfADayThatIsSeenIsInATableThatIsReadForIt() {
        Random random = new Random(1);
        List<String> definitions = List.of("now", "now", "less", "more", "changed", "where", "none");
        Map<String, Integer> found = new TreeMap<>();
        for (int i = 0; i < 3_000; i++) {
            History history = new History();
            String definition = "now";
            for (int seq = 1; seq <= 8; seq++) {
                definition = random.nextInt(3) == 0 ? definitions.get(random.nextInt(definitions.size())) : definition;
                Set<LocalDate> events = Stream.of(0, 1, 2, 3)
                        .filter(day -> random.nextInt(4) == 0)
                        .map(DAY::plusDays)
                        .collect(Collectors.toSet());
                history.record(definition, events);
            }
            for (int day = 0; day < 4; day++) {
                if (random.nextBoolean()) {
                    String of = definitions.get(random.nextInt(definitions.size()));
                    history.publish(DAY.plusDays(day), of, random.nextInt(9));
                }
            }
            RollupDays days = history.availability().of(DEFINITIONS.get("now"));
            Map<String, Days> missing = days.missing();
            for (int d = 0; d < 4; d++) {
                LocalDate day = DAY.plusDays(d);
                Set<String> holders = history.holders(day);
                Optional<RollupDays.Sources> sources = days.of(day);
                assertThat(days.available().contains(day)).isEqualTo(sources.isPresent());
                found.merge(text(sources).replaceAll(".*without", "without"), 1, Integer::sum);
                if (sources.isEmpty()) {
                    continue;
                }
                Set<String> readable = new TreeSet<>(Set.of("now"));
                sources.get().predecessors().forEach(print -> readable.add(name(print)));
                assertThat(readable).as("of %s", day).containsAll(holders);
                assertThat(readable).doesNotContain("where", "none");
                for (String print : days.predecessors().keySet()) {
                    assertThat(days.readBy(print).contains(day))
                            .isEqualTo(sources.get().predecessors().contains(print));
                }
                boolean lacks = holders.contains("less") || holders.contains("changed");
                assertThat(sources.get().missing().contains("users") || !lacks).isTrue();
                assertThat(missing.containsKey("users") && missing.get("users").contains(day))
                        .isEqualTo(sources.get().missing().contains("users"));
            }
        }
        assertThat(found.keySet()).contains("present", "hidden", "more", "without users");
        assertThat(found.values()).allMatch(count -> count > 300);
    }

    @Test
    void aDayOfWhichNothingIsKnownIsSeenAsTheRunningStreamComputesIt() {
        History history = new History();
        assertThat(text(history.availability().of(DEFINITIONS.get("now")).of(NEVER_SEEN)))
                .isEqualTo("present");
        history.record("less", Set.of(DAY));
        assertThat(text(history.availability().of(DEFINITIONS.get("now")).of(NEVER_SEEN)))
                .isEqualTo("less, without users");
        history.record("now", Set.of(DAY));
        assertThat(text(history.availability().of(DEFINITIONS.get("now")).of(NEVER_SEEN)))
                .isEqualTo("present");
        assertThat(text(history.availability().of(DEFINITIONS.get("where")).of(NEVER_SEEN)))
                .isEqualTo("hidden");
    }

    /** A speed stream that computes one definition after the other, and records it as {@code MicroBatch} does. */
    private static final class History {
        private final List<ProgressRecord> records = new ArrayList<>();
        private final List<Set<LocalDate>> events = new ArrayList<>();
        private final Map<LocalDate, Day> days = new TreeMap<>();
        private final Map<LocalDate, Map<String, String>> published = new TreeMap<>();

        long seq() {
            return records.size();
        }

        void record(String definition, Set<LocalDate> dates) {
            Map<String, String> now = rollups(definition);
            Map<String, Introduced> introduced = new HashMap<>();
            Optional<ProgressRecord> before = last();
            before.ifPresent(b -> {
                introduced.putAll(b.introduced());
                introduced.keySet().retainAll(now.keySet());
                if (!b.rollups().equals(now) && !now.isEmpty()) {
                    Set<LocalDate> earlier = new TreeSet<>();
                    events.forEach(earlier::addAll);
                    introduced.put("sales", new Introduced(seq() + 1, List.copyOf(earlier)));
                }
            });
            Progress progress = new Progress(seq() + 1, "run", Cut.NOTHING, Cut.NOTHING, Cut.NOTHING, Owners.NONE);
            records.add(new ProgressRecord(
                    progress, Map.of(), "p", now, introduced, Map.of(), "host:1", Instant.EPOCH, Instant.EPOCH));
            events.add(dates);
        }

        void publish(LocalDate day, String definition, long horizon) {
            days.put(day, new DayEntry.Published("g", new Horizon(horizon, Cut.NOTHING)).applyTo(Day.NEW));
            published.put(day, rollups(definition));
        }

        /** The definitions whose tables hold what readers are to see of the day. */
        Set<String> holders(LocalDate day) {
            Set<String> holders = new TreeSet<>();
            Optional.ofNullable(published.get(day)).ifPresent(rollups -> holders.add(name(rollups)));
            long horizon = Optional.ofNullable(days.get(day))
                    .flatMap(Day::horizon)
                    .map(Horizon::seq)
                    .orElse(0L);
            for (int seq = (int) horizon + 1; seq <= seq(); seq++) {
                if (events.get(seq - 1).contains(day)) {
                    holders.add(name(records.get(seq - 1).rollups()));
                }
            }
            return holders;
        }

        Availability availability() {
            Progress last = last().map(ProgressRecord::progress).orElse(Progress.NONE);
            FeedHistory history = new FeedHistory(
                    seq -> seq < 1 || seq > records.size() ? Optional.empty() : Optional.of(records.get((int) seq - 1)),
                    (rollup, print) -> Optional.ofNullable(DEFINITIONS.get(name(print))));
            return new Availability(new Resolution(last, days), last(), published, history);
        }

        private Optional<ProgressRecord> last() {
            return records.isEmpty() ? Optional.empty() : Optional.of(records.get(records.size() - 1));
        }
    }

    private static Map<String, String> rollups(String definition) {
        return definition.equals("none")
                ? Map.of()
                : Map.of(
                        "sales",
                        Optional.ofNullable(DEFINITIONS.get(definition))
                                .map(RollupDeclaration::fingerprint)
                                .orElse(definition));
    }

    private static String name(Map<String, String> rollups) {
        return Optional.ofNullable(rollups.get("sales"))
                .map(AvailabilityTest::name)
                .orElse("none");
    }

    private static String name(String print) {
        return DEFINITIONS.entrySet().stream()
                .filter(e -> e.getValue().fingerprint().equals(print))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(print);
    }

    private static String text(Optional<RollupDays.Sources> sources) {
        return sources.map(s -> s.predecessors().isEmpty()
                        ? "present"
                        : s.predecessors().stream()
                                        .map(AvailabilityTest::name)
                                        .sorted()
                                        .collect(Collectors.joining(" "))
                                + (s.missing().isEmpty() ? "" : ", without " + String.join(" ", s.missing())))
                .orElse("hidden");
    }

    private static RollupDeclaration sales(String where, String by, String... measures) {
        Map<String, String> texts = Map.of("n", "count()", "users", "distinct(user)", "cost", "sum(cost)");
        return new RollupDeclaration(
                "sales",
                Optional.of(where),
                columns(by),
                Stream.of(measures).map(m -> new Column(m, texts.get(m))).toList(),
                Map.of());
    }

    private static List<Column> columns(String name) {
        return List.of(new Column(name, "`" + name + "`"));
    }
}
