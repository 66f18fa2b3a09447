package dev.tideline.app.config;

import dev.tideline.feed.FeedDeclaration;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.NotFound;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/** The feed files that the configuration names, read as far as their structure goes: for commands that compute nothing. */
public final class FeedFiles {
    private static final List<String> SHIPPED = List.of("clicks.yaml", "metrics.yaml");

    private final Map<String, FeedDeclaration> byName;

    private FeedFiles(Map<String, FeedDeclaration> byName) {
        this.byName = byName;
    }

    /**
     * The feeds of {@code folder}, or the shipped ones.
     *
     * @throws CannotException listing every problem of every file
     */
    public static FeedFiles of(Optional<Path> folder) {
        return new FeedFiles(read(folder, FeedDeclaration::parse, FeedDeclaration::name, FeedFiles::views));
    }

    private static Stream<String> views(FeedDeclaration feed) {
        return Stream.concat(
                Stream.of(feed.name() + "_events"), feed.rollups().stream().map(rollup -> rollup.name()));
    }

    /** The feeds of these names, all when there are none. */
    public List<FeedDeclaration> named(List<String> names) {
        return names.isEmpty()
                ? List.copyOf(byName.values())
                : names.stream().map(this::named).toList();
    }

    /**
     * The feed of this name.
     *
     * @throws NotFound naming the feeds that there are
     */
    public FeedDeclaration named(String name) {
        return Optional.ofNullable(byName.get(name)).orElseThrow(() -> unknown(name, byName.keySet()));
    }

    static NotFound unknown(String name, Set<String> known) {
        return new NotFound("Cannot find feed " + name + " (there are " + String.join(", ", known)
                + "; feeds: names a folder of more)");
    }

    /**
     * What {@code parse} makes of each file, by the feed's name.
     *
     * @param views that it declares, none of which may be another file's
     */
    static <F> Map<String, F> read(
            Optional<Path> folder,
            BiFunction<String, String, F> parse,
            Function<F, String> name,
            Function<F, Stream<String>> views) {
        Map<String, String> files = folder.map(FeedFiles::files).orElseGet(FeedFiles::shipped);
        if (files.isEmpty()) {
            throw new CannotException("Cannot use feeds: there is no *.yaml file in " + folder.orElseThrow());
        }
        List<String> problems = new ArrayList<>();
        Map<String, F> feeds = new TreeMap<>();
        Map<String, String> declared = new LinkedHashMap<>();
        files.forEach((file, text) -> {
            try {
                F feed = parse.apply(file, text);
                feeds.put(name.apply(feed), feed);
                views.apply(feed).forEach(view -> {
                    String other = declared.put(view, file);
                    if (other != null) {
                        problems.add("Cannot use feed file " + file + ":\n  its view " + view + " is declared by "
                                + other + " too (another name of the feed or rollup)");
                    }
                });
            } catch (CannotException e) {
                problems.add(e.getMessage());
            }
        });
        if (!problems.isEmpty()) {
            throw new CannotException(String.join("\n", problems));
        }
        return feeds;
    }

    private static Map<String, String> files(Path folder) {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file :
                    entries.filter(f -> f.toString().matches(".*\\.ya?ml")).toList()) {
                files.put(file.toString(), Files.readString(file));
            }
        } catch (IOException e) {
            throw new CannotException("Cannot read the feed files in " + folder + ": " + e.getMessage(), e);
        }
        return files;
    }

    private static Map<String, String> shipped() {
        Map<String, String> files = new TreeMap<>();
        for (String name : SHIPPED) {
            try (InputStream in = FeedDeclaration.class.getResourceAsStream("/feeds/" + name)) {
                files.put(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files;
    }
}
