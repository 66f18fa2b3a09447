package dev.tideline.notify;

import java.util.List;

/**
 * The channels of a file that can be used, and what is wrong with the others.
 *
 * @param problems a line each: file, key, value and what would work
 */
public record Channels(List<Channel> good, List<String> problems) {
    public Channels {
        good = List.copyOf(good);
        problems = List.copyOf(problems);
    }
}
