package dev.tideline.app.config;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.feed.ViewName;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.NotFound;
import dev.tideline.rollup.Rollup;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The feeds that the configuration names: those of its folder, or the shipped ones. */
public final class Feeds {
    private static final List<String> SHIPPED = List.of("clicks.yaml", "metrics.yaml");

    private final Map<String, Feed> byName;

    private Feeds(Map<String, Feed> byName) {
        this.byName = byName;
    }

    /**
     * The feeds of {@code folder}, or the shipped ones.
     *
     * @throws CannotException listing every problem of every file
     */
    public static Feeds of(Optional<Path> folder) {
        Map<String, String> files = folder.map(Feeds::files).orElseGet(Feeds::shipped);
        if (files.isEmpty()) {
            throw new CannotException("Cannot use feeds: there is no *.yaml file in " + folder.orElseThrow());
        }
        List<String> problems = new ArrayList<>();
        Map<String, Feed> feeds = new TreeMap<>();
        Map<String, String> views = new LinkedHashMap<>();
        files.forEach((file, text) -> {
            try {
                Feed feed = FeedFile.parse(file, text);
                feeds.put(feed.name(), feed);
                views(feed).forEach(view -> {
                    String other = views.put(view, file);
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
        return new Feeds(feeds);
    }

    private static Stream<String> views(Feed feed) {
        return Stream.concat(
                Stream.of(ViewName.events(feed).text()), feed.rollups().stream().map(Rollup::name));
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
            try (InputStream in = Feed.class.getResourceAsStream("/feeds/" + name)) {
                files.put(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files;
    }

    public Collection<Feed> all() {
        return byName.values();
    }

    /**
     * The feed of this name.
     *
     * @throws NotFound naming the feeds that there are
     */
    public Feed named(String name) {
        return Optional.ofNullable(byName.get(name))
                .orElseThrow(() -> new NotFound("Cannot find feed " + name + " (there are "
                        + String.join(", ", byName.keySet()) + "; feeds: names a folder of more)"));
    }

    /** The feeds of these names, all when there are none. */
    public List<Feed> named(List<String> names) {
        return names.isEmpty()
                ? List.copyOf(all())
                : names.stream().map(this::named).toList();
    }
}
