package dev.tideline.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClickGeneratorTest {
    private static final Instant START = Instant.parse("2026-11-18T00:00:00Z");
    private static final long DAY = 86_400_000;

    @Test
    void givesTheSameBytesForTheSameSeedAndOthersForAnother() {
        List<String> first = described(Clicks.seeded(7), 5_000);
        assertThat(described(Clicks.seeded(7), 5_000)).isEqualTo(first);
        assertThat(described(Clicks.seeded(8), 5_000)).isNotEqualTo(first).doesNotContainAnyElementsOf(first);
    }

    @Test
    void keepsNearTheSharesThatWereAsked() {
        Clicks clicks = Clicks.seeded(11)
                .with(new Clicks.Traffic(2, 0.5))
                .with(new Clicks.Disorder(0.10, Duration.ofHours(6), 0.06, Duration.ofHours(6), 0.08, 0.02));
        int count = 300_000;
        double late = 0;
        double invalid = 0;
        double repeated = 0;
        double sameIdOnOtherDate = 0;
        double rejected = 0;
        double oversized = 0;
        Map<Long, Set<Long>> datesById = new HashMap<>();
        for (Sent sent : generated(clicks, count)) {
            rejected += sent.fate().isRejected() ? 1 : 0;
            oversized += sent.fate() == Fate.OVERSIZED ? 1 : 0;
            if (sent.fate().isRejected()) {
                continue;
            }
            late += sent.kafkaTimestampMs() - sent.click().eventTimeMs() > 5_000 ? 1 : 0;
            invalid += sent.click().isValid() ? 0 : 1;
            Set<Long> dates = datesById.computeIfAbsent(sent.click().number(), n -> new HashSet<>());
            if (!dates.add(sent.click().eventTimeMs() / DAY)) {
                repeated++;
            } else if (dates.size() > 1) {
                sameIdOnOtherDate++;
            }
        }
        assertThat(rejected / count).isCloseTo(0.02, within(0.002));
        assertThat(oversized).isBetween(5.0, 60.0);
        assertThat(invalid / count).isCloseTo(0.08, within(0.01));
        assertThat(repeated / count).isCloseTo(0.06, within(0.006));
        assertThat(sameIdOnOtherDate / count).isCloseTo(0.006, within(0.002));
        // Copies that come later than their originals count as late as well.
        assertThat(late / count).isBetween(0.10, 0.17);
    }

    @Test
    void makesEveryKindOfRecordThatTheFeedMustRefuse() {
        Clicks clicks = Clicks.seeded(3).with(new Clicks.Disorder(0, Duration.ofDays(1), 0, Duration.ofDays(1), 0, 1));
        EnumSet<Fate> seen = EnumSet.noneOf(Fate.class);
        for (Sent sent : generated(clicks, 2_000)) {
            seen.add(sent.fate());
            if (sent.fate() == Fate.OVERSIZED) {
                assertThat(sent.payload()).hasSizeGreaterThan(256 << 10);
            }
        }
        assertThat(seen).isEqualTo(EnumSet.complementOf(EnumSet.of(Fate.ACCEPTED)));
    }

    @Test
    void repeatsEventsOnOtherPartitionsUnderEqualAndEarlierTimestampsAndWithOtherContent() {
        Clicks clicks =
                Clicks.seeded(5).with(new Clicks.Disorder(0, Duration.ofDays(1), 0.3, Duration.ofMinutes(5), 0.1, 0));
        int elsewhere = 0;
        int tied = 0;
        int earlier = 0;
        int otherCost = 0;
        int otherVerdict = 0;
        int otherMinute = 0;
        Map<Long, Sent> firsts = new HashMap<>();
        for (Sent sent : generated(clicks, 50_000)) {
            Sent first = firsts.putIfAbsent(sent.click().number(), sent);
            if (first != null) {
                elsewhere += sent.partition() != first.partition() ? 1 : 0;
                tied += sent.kafkaTimestampMs() == first.kafkaTimestampMs() ? 1 : 0;
                earlier += sent.kafkaTimestampMs() < first.kafkaTimestampMs() ? 1 : 0;
                otherCost += sent.click().costMicros() != first.click().costMicros() ? 1 : 0;
                otherVerdict += sent.click().isValid() != first.click().isValid() ? 1 : 0;
                otherMinute +=
                        sent.click().eventTimeMs() / 60_000 != first.click().eventTimeMs() / 60_000 ? 1 : 0;
            }
        }
        assertThat(List.of(elsewhere, tied, earlier, otherCost, otherVerdict, otherMinute))
                .allSatisfy(count -> assertThat(count).isGreaterThan(500));
    }

    @Test
    void followsTheHourOfTheDay() {
        Clicks clicks = Clicks.seeded(1).with(new Clicks.Traffic(1, 0.5)).with(Clicks.Disorder.NONE);
        int[] perHour = new int[24];
        for (Sent sent : generated(clicks, 86_400)) {
            perHour[(int) (sent.kafkaTimestampMs() / 3_600_000 % 24)]++;
        }
        assertThat(perHour[3]).isCloseTo(1800, within(150));
        assertThat(perHour[15]).isCloseTo(5400, within(300));
    }

    @Test
    void givesEachAdOneCampaignAndPopularAdsMoreClicks() {
        Map<Long, Long> campaignOfAd = new HashMap<>();
        Map<Long, Integer> clicksOfAd = new HashMap<>();
        for (Sent sent : generated(Clicks.seeded(2), 50_000)) {
            Click click = sent.click();
            assertThat(campaignOfAd.merge(click.adId(), click.campaignId(), (known, given) -> {
                        assertThat(given).as("campaign of ad %d", click.adId()).isEqualTo(known);
                        return known;
                    }))
                    .isBetween(1L, 500L);
            clicksOfAd.merge(click.adId(), 1, Integer::sum);
        }
        assertThat(clicksOfAd.get(1L)).isGreaterThan(10 * clicksOfAd.getOrDefault(50L, 0));
    }

    @Test
    void namesAllProblemsOfItsOptionsAtOnce() {
        assertThatThrownBy(() -> new Clicks.Population(0, -1, 5, 3, 99, 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Cannot generate clicks: ads must be at least 1, not 0; adSkew must be within 0 and 3, not"
                        + " -1.0; devices must be within 1 and 6, not 99");
        assertThatThrownBy(() -> new Clicks.Disorder(0.1, Duration.ofDays(5), 2, Duration.ofDays(2), 0, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("duplicated must be within 0 and 1, not 2.0")
                .hasMessageContaining("rejected must be within 0 and 1, not NaN")
                .hasMessageContaining("would be too late for the feed, not PT168H");
    }

    private static List<Sent> generated(Clicks clicks, int count) {
        return ClickGenerator.of(clicks, START).stream(count).toList();
    }

    private static List<String> described(Clicks clicks, int count) {
        return ClickGenerator.of(clicks, START).stream(count)
                .map(sent -> "%d %d %s %s"
                        .formatted(
                                sent.partition(),
                                sent.kafkaTimestampMs(),
                                new String(sent.key(), StandardCharsets.US_ASCII),
                                sent.payload() == null
                                        ? null
                                        : new String(sent.payload(), StandardCharsets.ISO_8859_1)))
                .toList();
    }
}
