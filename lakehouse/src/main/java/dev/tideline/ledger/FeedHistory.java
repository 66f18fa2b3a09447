package dev.tideline.ledger;

import dev.tideline.rollup.RollupDeclaration;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.LongFunction;

/**
 * What the rollups of a feed were before: the records of its speed stream, each of which names the definitions that it computed, and the
 * files that those were declared in. Asked only where a day is not all of the present definition.
 */
public final class FeedHistory {
    /** Of a feed of which nothing earlier is known. */
    public static final FeedHistory NONE =
            new FeedHistory(seq -> Optional.empty(), (rollup, print) -> Optional.empty());

    private final LongFunction<Optional<ProgressRecord>> records;
    private final BiFunction<String, String, Optional<RollupDeclaration>> definitions;

    /**
     * @param records the speed stream's record of a micro-batch
     * @param definitions from a rollup's name and a fingerprint to how it was declared, where columns have the types that they have now
     */
    FeedHistory(
            LongFunction<Optional<ProgressRecord>> records,
            BiFunction<String, String, Optional<RollupDeclaration>> definitions) {
        this.records = records;
        this.definitions = definitions;
    }

    /** The history of the feed {@code name}, whose file is {@code source} now, in the lake or not yet. */
    public static FeedHistory of(LakeLedgers ledgers, String name, String source) {
        return new FeedHistory(
                ledgers.progress(name, Stream.SPEED)::record,
                (rollup, print) -> ledgers.feeds().file(name, source).stream()
                        .flatMap(now -> ledgers.feeds().files(name).stream().filter(file -> file.hasTypesOf(now)))
                        .flatMap(file -> file.rollup(rollup).stream())
                        .filter(definition -> definition.fingerprint().equals(print))
                        .findFirst());
    }

    Optional<ProgressRecord> record(long seq) {
        return records.apply(seq);
    }

    Optional<RollupDeclaration> definition(String rollup, String print) {
        return definitions.apply(rollup, print);
    }
}
