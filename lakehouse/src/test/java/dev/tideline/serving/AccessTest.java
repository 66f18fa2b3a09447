package dev.tideline.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessTest {
    @ParameterizedTest
    @CsvSource({
        "clicks, false, true, false, false, false",
        "clicks, true, true, false, true, false",
        "sales, true, false, false, true, false",
        "clicks sales, false, true, true, false, false",
        "all, false, true, true, false, true",
        "all, true, true, true, true, true",
    })
    void seesFeedsAndRecords(
            String feeds, boolean raw, boolean clicks, boolean other, boolean rejected, boolean alerts) {
        Access access = new Access(feeds.equals("all") ? Optional.empty() : Optional.of(Set.of(feeds.split(" "))), raw);
        assertThat(access.sees("clicks")).isEqualTo(clicks);
        assertThat(access.sees("sales")).isEqualTo(other || feeds.equals("sales"));
        assertThat(access.seesOfEveryFeed("tideline_progress")).isTrue();
        assertThat(access.seesOfEveryFeed("tideline_days")).isTrue();
        assertThat(access.seesOfEveryFeed("tideline_rejected")).isEqualTo(rejected);
        assertThat(access.seesOfEveryFeed("alerts_active")).isEqualTo(alerts);
        assertThat(access.seesOfEveryFeed("alerts_history")).isEqualTo(alerts);
    }
}
