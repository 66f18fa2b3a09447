package dev.tideline.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.embedded.Fate;
import dev.tideline.embedded.Sent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LiveClicksTest {
    private static final Instant NOW = Instant.now();

    @Test
    void keepsATenthOfYesterdayBackAndSendsItAmongTheLiveOnes() {
        LiveClicks clicks = LiveClicks.sinceYesterday(1, NOW, 0.05);
        long inTime = yesterdays(clicks, clicks.past()).size();
        Set<String> late = yesterdays(clicks, next(clicks.live(), 1500));

        assertThat((double) late.size() / (inTime + late.size())).isBetween(0.07, 0.13);
        assertThat(yesterdays(clicks, clicks.past())).doesNotContainAnyElementsOf(late);
        assertThat(next(clicks.live(), 20))
                .filteredOn(sent -> isYesterdays(clicks, sent))
                .hasSizeBetween(10, 15);
    }

    @Test
    void aRestartRepeatsNoEventAndSendsNoneOfYesterday() {
        LiveClicks first = LiveClicks.sinceYesterday(1_000, NOW, 0.05);
        LiveClicks again = LiveClicks.fromNow(9_000, NOW, 0.05);
        Set<String> sent = new HashSet<>(ids(first.past()));
        sent.addAll(ids(next(first.live(), 1500)));

        assertThat(again.past()).isEmpty();
        assertThat(ids(next(again.live(), 500))).doesNotContainAnyElementsOf(sent);
    }

    @Test
    void liveOnesAreOtherEventsThanThoseOfThePast() {
        LiveClicks clicks = LiveClicks.sinceYesterday(1, NOW, 5);
        List<Sent> live = next(clicks.live(), 2_000).stream()
                .filter(sent -> !isYesterdays(clicks, sent))
                .toList();
        assertThat(ids(live)).isNotEmpty().doesNotContainAnyElementsOf(ids(clicks.past()));
    }

    @Test
    void theHourBeforeTheLiveOnesHasAtLeastAFifthAsManyAtAnyTimeOfTheDay() {
        LiveClicks clicks = LiveClicks.sinceYesterday(1, NOW, 20);
        long inTheHour = clicks.past().stream()
                .filter(sent ->
                        sent.kafkaTimestampMs() >= NOW.minusSeconds(3600).toEpochMilli())
                .count();
        assertThat(inTheHour).isBetween(20L * 3600 / 5, 20L * 3600);
    }

    private static List<Sent> next(Iterator<Sent> clicks, int count) {
        return Stream.generate(clicks::next).limit(count).toList();
    }

    private static Set<String> yesterdays(LiveClicks clicks, List<Sent> sent) {
        return ids(sent.stream().filter(one -> isYesterdays(clicks, one)).toList());
    }

    private static boolean isYesterdays(LiveClicks clicks, Sent sent) {
        return sent.fate() == Fate.ACCEPTED
                && LocalDate.ofInstant(Instant.ofEpochMilli(sent.click().eventTimeMs()), ZoneOffset.UTC)
                        .equals(clicks.yesterday());
    }

    private static Set<String> ids(List<Sent> sent) {
        return sent.stream()
                .map(one -> new String(one.key(), StandardCharsets.UTF_8))
                .collect(Collectors.toSet());
    }
}
