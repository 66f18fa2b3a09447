package dev.tideline.ledger;

import dev.tideline.protocol.Day;
import dev.tideline.protocol.DayEntry;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;

/** The ledger of all days: numbered entries per (feed, day), each refused when another was appended since its writer read. */
public final class DayLedger {
    /** The columns for people. */
    static final String COLUMNS =
            "feed STRING, day DATE, number BIGINT, kind STRING, generation STRING, horizon_seq BIGINT, at TIMESTAMP";

    private final Ledger<DayRecord> ledger;
    private volatile Read read = new Read(List.of(), Map.of());

    /**
     * The ledger as it was read last, and what that adds up to: years of entries are added up once, not by every reader.
     *
     * @param all entries, whose list is another one once there are more
     */
    private record Read(List<DayRecord> all, Map<String, FeedDays> feeds) {
        @SuppressWarnings("ReferenceEquality") // a ledger that has grown begins with the same records
        Read with(List<DayRecord> now) {
            int known = all.size();
            boolean hasGrown = known > 0 && now.size() > known && now.get(known - 1) == all.get(known - 1);
            Map<String, FeedDays> next = new HashMap<>(hasGrown ? feeds : Map.of());
            now.subList(hasGrown ? known : 0, now.size()).stream()
                    .collect(Collectors.groupingBy(DayRecord::feed))
                    .forEach((feed, newer) -> next.put(
                            feed, next.getOrDefault(feed, FeedDays.NONE).with(newer)));
            return new Read(now, next);
        }
    }

    DayLedger(String path, Configuration conf, Appender appender) {
        this(path, conf, appender, Clock.systemUTC());
    }

    DayLedger(String path, Configuration conf, Appender appender, Clock clock) {
        this.ledger = new Ledger<>(path, conf, DayRecord.class, appender, clock);
    }

    /** The days of {@code feed}: the same object until the feed has another entry. */
    public FeedDays feed(String feed) {
        return read().feeds().getOrDefault(feed, FeedDays.NONE);
    }

    /** What each day of {@code feed} that has entries adds up to. */
    public Map<LocalDate, Day> days(String feed) {
        return feed(feed).days();
    }

    public Day day(String feed, LocalDate day) {
        return days(feed).getOrDefault(day, Day.NEW);
    }

    /** Every entry of {@code feed}, by day, oldest first. */
    public List<DayRecord> records(String feed) {
        return feed(feed).entries();
    }

    @SuppressWarnings("ReferenceEquality") // the same list until there are more entries
    private Read read() {
        List<DayRecord> all = ledger.all();
        Read known = read;
        if (known.all() != all) {
            known = known.with(all);
            read = known;
        }
        return known;
    }

    /** The entry after {@code known}, ready to be appended. */
    public static DayRecord entry(
            String feed,
            LocalDate date,
            Day known,
            DayEntry entry,
            Map<String, Long> counts,
            Map<String, String> rollups,
            String policy,
            String code,
            java.time.Instant at) {
        return new DayRecord(
                feed,
                date,
                known.entries() + 1,
                UUID.randomUUID().toString(),
                entry,
                counts,
                rollups,
                policy,
                code,
                at);
    }

    /**
     * Appends, and reads back.
     *
     * @return whether it stands; when not, another entry of this day came first and every check is to be made again
     */
    public boolean append(DayRecord record) {
        DayEntry entry = record.entry();
        ledger.append(
                record,
                record.feed() + "/" + record.day(),
                record.number(),
                () -> day(record.feed(), record.day()).entries() == record.number() - 1,
                record.feed(),
                Date.valueOf(record.day()),
                record.number(),
                entry.getClass().getSimpleName(),
                entry instanceof DayEntry.Published p
                        ? p.generation()
                        : entry instanceof DayEntry.RolledBack r ? r.generation() : null,
                entry instanceof DayEntry.Published p
                        ? p.horizon().seq()
                        : entry instanceof DayEntry.Intends i ? i.seq() : null,
                Timestamp.from(record.at()));
        return feed(record.feed()).entries(record.day()).stream()
                .anyMatch(r -> r.number() == record.number() && r.writer().equals(record.writer()));
    }
}
