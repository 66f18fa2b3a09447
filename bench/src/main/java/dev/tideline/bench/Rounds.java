package dev.tideline.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Contestants on the same work, in turn, so that what the machine does meanwhile happens to all of them. */
final class Rounds {
    private final Map<String, Contestant> contestants = new LinkedHashMap<>();

    /** Does the work of one round, of which the first, numbered 0, only warms up. */
    interface Contestant {
        long round(int number) throws Exception;
    }

    /** One that does its work {@code times} over to warm up: Java compiles it better with each, while others need once as long. */
    static Contestant warmed(int times, Contestant contestant) {
        return round -> {
            long done = 0;
            for (int i = round == 0 ? times : 1; i > 0; i--) {
                done += contestant.round(round);
            }
            return done;
        };
    }

    Rounds with(String name, Contestant contestant) {
        contestants.put(name, contestant);
        return this;
    }

    /** The median of as many rounds as given, for each contestant, after one that warms up where there is time for it. */
    Map<String, Timed> run(int rounds, Site site) throws Exception {
        return run(site.size().quick() ? 1 : 0, rounds, site.progress());
    }

    /** The same where what they do has been done often enough before. */
    Map<String, Timed> runWarm(int rounds, Site site) throws Exception {
        return run(1, rounds, site.progress());
    }

    private Map<String, Timed> run(int first, int rounds, Progress progress) throws Exception {
        Map<String, List<Timed>> taken = new LinkedHashMap<>();
        for (int number = first; number <= rounds; number++) {
            int round = number;
            for (Map.Entry<String, Contestant> e : contestants.entrySet()) {
                Timed timed = Timed.of(() -> e.getValue().round(round));
                progress.say("%s, %s: %,.0f events/s, %.1f CPU s per million"
                        .formatted(
                                e.getKey(),
                                round == 0 ? "warming up" : "round " + round,
                                timed.rate(),
                                timed.cpuPerMillion()));
                if (round > 0) {
                    taken.computeIfAbsent(e.getKey(), k -> new ArrayList<>()).add(timed);
                }
            }
        }
        Map<String, Timed> medians = new LinkedHashMap<>();
        taken.forEach((name, times) -> medians.put(name, Timed.median(times)));
        return medians;
    }
}
