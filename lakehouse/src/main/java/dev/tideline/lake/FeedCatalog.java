package dev.tideline.lake;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedDeclaration;
import dev.tideline.feed.FeedFile;
import dev.tideline.feed.Protection;
import dev.tideline.ledger.FeedLedger;
import dev.tideline.ledger.FeedLedger.Declaration;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import dev.tideline.protocol.NotFound;
import dev.tideline.rollup.Rollup;
import dev.tideline.rollup.RollupDeclaration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The feeds of a lake, as their files' text, so that a reader needs the lake's root and nothing else. The newest of a name counts. A
 * file that this release cannot read takes its own views away and nobody else's.
 */
public final class FeedCatalog {
    private static final Logger LOG = LoggerFactory.getLogger(FeedCatalog.class);

    private final FeedLedger ledger;
    private final Predicate<Rollup> hasTables;
    private final Map<Declaration, Parsed> parsed = new ConcurrentHashMap<>();

    /** A feed, or why this release has none. */
    private record Parsed(Optional<Feed> feed, String why) {}

    /** @param hasTables whether the lake has tables of a rollup as it is defined */
    FeedCatalog(FeedLedger ledger, Predicate<Rollup> hasTables) {
        this.ledger = ledger;
        this.hasTables = hasTables;
    }

    /** Every feed that this release can read, by name; retired ones are left out. */
    public Map<String, Feed> all() {
        return feeds(ledger.newest());
    }

    /** Why this release cannot read the other feeds of the lake, one line each, by name. */
    public Map<String, String> unreadable() {
        Map<String, String> why = new LinkedHashMap<>();
        ledger.newest().forEach((name, declaration) -> {
            Parsed one = parse(declaration);
            if (one.feed().isEmpty()) {
                why.put(name, one.why());
            }
        });
        return why;
    }

    /** The newest file of a feed, as streams of this lake have declared it, that decodes by the policy {@code fingerprint}. */
    public Optional<Feed> decodingBy(String feed, String fingerprint) {
        List<Declaration> newestFirst = new ArrayList<>(ledger.all());
        Collections.reverse(newestFirst);
        return newestFirst.stream()
                .filter(declaration -> declaration.feed().equals(feed))
                .flatMap(declaration -> parse(declaration).feed().stream())
                .filter(declared -> declared.hasPolicy(fingerprint))
                .findFirst();
    }

    private Map<String, Feed> feeds(Map<String, Declaration> declarations) {
        Map<String, Feed> feeds = new LinkedHashMap<>();
        declarations.forEach((name, declaration) -> parse(declaration).feed().ifPresent(feed -> feeds.put(name, feed)));
        return feeds;
    }

    /** Parsed once, which takes longer than a small query; and not under a lock, since it asks Spark. */
    private Parsed parse(Declaration declaration) {
        Parsed known = parsed.get(declaration);
        if (known == null) {
            known = parseAnew(declaration);
            parsed.put(declaration, known);
        }
        return known;
    }

    private static Parsed parseAnew(Declaration declaration) {
        String name = declaration.feed();
        try {
            return new Parsed(Optional.of(FeedFile.parse("of the lake, " + name, declaration.source())), "");
        } catch (RuntimeException e) {
            // One line: it may stand in another message.
            String why =
                    (e instanceof CannotException ? e.getMessage() : Causes.line(e)).replaceAll("\\s*\\n\\s*", " ");
            LOG.warn("Without feed {}, which this release cannot read: {}", name, why);
            return new Parsed(Optional.empty(), why);
        }
    }

    /**
     * The rollups of {@code feed} as they are defined now, and as they were where rows of then may still be read: earlier definitions of the
     * same events and keys that have tables. One that another feed had too is left out: its tables may hold rows of that.
     */
    public List<Rollup> readable(Feed feed) {
        List<Declaration> known = ledger.all();
        FeedDeclaration now = FeedDeclaration.parse("of feed " + feed.name(), feed.source());
        Map<String, Rollup> readable = new LinkedHashMap<>();
        feed.rollups().forEach(rollup -> readable.put(rollup.fingerprint(), rollup));
        for (Declaration declaration : known) {
            if (declaration.feed().equals(feed.name())
                    && ledger.file(feed.name(), declaration.source())
                            .filter(file -> file.hasTypesOf(now))
                            .isPresent()) {
                parse(declaration).feed().map(Feed::rollups).orElse(List.of()).stream()
                        .filter(rollup -> !readable.containsKey(rollup.fingerprint())
                                && feed.rollup(rollup.name())
                                        .filter(r -> r.declaration().hasRowsOf(rollup.declaration()))
                                        .isPresent()
                                && !isOfAnother(rollup, feed.name(), known)
                                && hasTables.test(rollup))
                        .forEach(rollup -> readable.put(rollup.fingerprint(), rollup));
            }
        }
        return List.copyOf(readable.values());
    }

    private boolean isOfAnother(Rollup rollup, String feed, List<Declaration> known) {
        return known.stream()
                .filter(other -> !other.feed().equals(feed))
                .flatMap(other -> ledger.file(other.feed(), other.source()).stream())
                .flatMap(other -> other.rollup(rollup.name()).stream())
                .anyMatch(theirs -> theirs.fingerprint().equals(rollup.fingerprint()));
    }

    /**
     * Declares a feed unless its newest declaration says the same.
     *
     * @throws CannotException when the feed is retired, another feed of the lake has a rollup of the same name or its tables, or a
     *     rollup is spelled differently and means the same: its tables would begin empty, for nothing
     */
    public void declare(Feed feed, Instant at) {
        declare(feed, "", at);
    }

    /**
     * The same of a feed that hashes fields.
     *
     * @param hashKey fingerprint of the key that it hashes with
     */
    public void declare(Feed feed, String hashKey, Instant at) {
        List<Declaration> known = ledger.all();
        Declaration before = FeedLedger.newest(known).get(feed.name());
        if (before != null && before.retired()) {
            throw new CannotException("Cannot declare feed " + feed.name() + ": it was retired at "
                    + before.declaredAt() + " (tideline feeds --restore " + feed.name() + " brings it back)");
        }
        if (before != null && !before.hashKey().isEmpty() && !before.hashKey().equals(hashKey)) {
            throw new CannotException(
                    "Cannot declare feed " + feed.name() + ": "
                            + feed.protection().key()
                            + " holds another key than what this lake has of it was hashed with (set that one, or give the feed another name)");
        }
        if (before == null || !before.source().equals(feed.source())) {
            refuseSharedRollups(feed, known);
            refuseOtherWords(feed, before);
            refuseOtherProtection(feed, before);
            ledger.append(new Declaration(feed.name(), feed.source(), at, false, hashKey), known.size());
            declare(feed, hashKey, at);
        }
    }

    /**
     * Takes a feed out of use: readers no longer see it, its streams do not start, and its names are free. Its tables stay.
     *
     * @return whether it was in use
     * @throws NotFound when the lake has no such feed
     */
    public boolean retire(String name, Instant at) {
        return changeTo(name, at, true);
    }

    /**
     * Puts a retired feed into use again, as it was declared last.
     *
     * @return whether it was retired
     * @throws NotFound when the lake has no such feed
     * @throws CannotException when another feed has taken one of its rollups' names
     */
    public boolean restore(String name, Instant at) {
        return changeTo(name, at, false);
    }

    private boolean changeTo(String name, Instant at, boolean retired) {
        for (boolean changed = false; ; changed = true) {
            List<Declaration> known = ledger.all();
            Map<String, Declaration> newest = FeedLedger.newest(known);
            Declaration before = newest.get(name);
            if (before == null) {
                throw new NotFound("Cannot find feed " + name + " in this lake (there are "
                        + String.join(", ", newest.keySet()) + ")");
            }
            if (before.retired() == retired) {
                return changed;
            }
            if (!retired) {
                parse(before).feed().ifPresent(feed -> refuseSharedRollups(feed, known));
            }
            ledger.append(new Declaration(name, before.source(), at, retired, before.hashKey()), known.size());
        }
    }

    /** A column holds values as they came, or hashes, or nothing; never some of each. */
    private void refuseOtherProtection(Feed feed, Declaration before) {
        Optional<Feed> own = Optional.ofNullable(before)
                .flatMap(declaration -> parse(declaration).feed())
                .filter(known -> known.rollups().stream().anyMatch(hasTables));
        if (own.isEmpty()) {
            return;
        }
        Protection was = own.get().protection();
        List<String> known = List.of(own.get().schema().fieldNames());
        List<String> problems = new ArrayList<>();
        for (String field : feed.schema().fieldNames()) {
            String now = feed.protection().of(field);
            if (known.contains(field) && !now.equals(was.of(field))) {
                problems.add(field + " would be " + now + ", and its tables have it " + was.of(field));
            }
        }
        if (problems.isEmpty() && feed.protection().hides() && !was.hides()) {
            problems.add("its tables have payloads, keys and headers as they came");
        }
        if (!problems.isEmpty()) {
            throw new CannotException("Cannot declare feed " + feed.name() + ": " + String.join("; ", problems)
                    + " (hash and mask are for a feed's whole life: give it another name, and retire this one)");
        }
    }

    private void refuseOtherWords(Feed feed, Declaration before) {
        Optional<Feed> own = Optional.ofNullable(before)
                .flatMap(declaration -> parse(declaration).feed());
        List<String> problems = new ArrayList<>();
        for (Rollup rollup : feed.rollups()) {
            RollupDeclaration now = rollup.declaration();
            own.flatMap(known -> known.rollup(rollup.name()))
                    .map(Rollup::declaration)
                    .filter(known -> known.meaning().equals(now.meaning())
                            && !known.fingerprint().equals(now.fingerprint())
                            && hasTables.test(own.get().rollup(rollup.name()).get()))
                    .ifPresent(known -> problems.add("its rollup " + rollup.name()
                            + " means what it did in other words, and would start with empty tables (write "
                            + known.difference(now) + ")"));
        }
        if (!problems.isEmpty()) {
            throw new CannotException("Cannot declare feed " + feed.name() + ": " + String.join("; ", problems));
        }
    }

    /** A name is one feed's; and so are tables, a retired feed's too, since upkeep deletes from them by its own days. */
    private void refuseSharedRollups(Feed feed, List<Declaration> known) {
        Map<String, Declaration> others = FeedLedger.newest(known);
        Declaration before = others.remove(feed.name());
        boolean inUse = before != null && !before.retired();
        Optional<Feed> own = inUse ? parse(before).feed() : Optional.empty();
        List<String> problems = new ArrayList<>();
        feeds(others).forEach((name, other) -> {
            boolean retired = others.get(name).retired();
            for (Rollup rollup : feed.rollups()) {
                Optional<Rollup> theirs = other.rollup(rollup.name());
                if (theirs.isPresent() && !retired) {
                    problems.add("feed " + name + " of this lake has a rollup " + rollup.name()
                            + " already (give one of them another name)");
                } else if (theirs.isPresent()
                        && theirs.get().fingerprint().equals(rollup.fingerprint())
                        && !own.map(f -> f.rollups().contains(rollup)).orElse(false)
                        && hasTables.test(rollup)) {
                    problems.add(
                            "its rollup " + rollup.name() + " would go on in the tables of the retired feed " + name
                                    + " (give it another name, or delete them: speed/" + rollup.name() + " and batch/"
                                    + rollup.name() + "_*)");
                }
            }
        });
        if (!problems.isEmpty()) {
            throw new CannotException("Cannot declare feed " + feed.name() + ": " + String.join("; ", problems));
        }
    }
}
