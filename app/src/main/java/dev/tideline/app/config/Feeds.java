package dev.tideline.app.config;

import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.feed.ViewName;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.NotFound;
import dev.tideline.rollup.Rollup;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The feeds that the configuration names: those of its folder, or the shipped ones. */
public final class Feeds {
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
        return new Feeds(FeedFiles.read(folder, FeedFile::parse, Feed::name, Feeds::views));
    }

    private static Stream<String> views(Feed feed) {
        return Stream.concat(
                Stream.of(ViewName.events(feed).text()), feed.rollups().stream().map(Rollup::name));
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
        return Optional.ofNullable(byName.get(name)).orElseThrow(() -> FeedFiles.unknown(name, byName.keySet()));
    }

    /** The feeds of these names, all when there are none. */
    public List<Feed> named(List<String> names) {
        return names.isEmpty()
                ? List.copyOf(all())
                : names.stream().map(this::named).toList();
    }
}
