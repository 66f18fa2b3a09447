package dev.tideline.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.rollup.Grain;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ViewNameTest {
    @ParameterizedTest
    @CsvSource({
        "clicks_by_ad_1m, clicks_by_ad, MINUTE, window_start",
        "clicks_by_ad_1h, clicks_by_ad, HOUR, window_start",
        "clicks_events, clicks, , event_time",
        "ad_events_1m, ad_events, MINUTE, window_start",
        "load_1m_events, load_1m, , event_time",
        "load_1h_1m, load_1h, MINUTE, window_start",
    })
    void isReadAndWritten(String text, String of, Grain grain, String time) {
        ViewName name = ViewName.parse(text).orElseThrow();

        assertThat(name).isEqualTo(new ViewName(of, Optional.ofNullable(grain)));
        assertThat(name.text()).isEqualTo(text);
        assertThat(name.timeColumn()).isEqualTo(time);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "_events", "_1m", "clicks", "clicks_by_ad", "clicks_by_ad_5m", "tideline_days", "alerts"})
    void isNoOtherText(String text) {
        assertThat(ViewName.parse(text)).isEmpty();
    }

    @Test
    void belongsToTheFeedThatDeclaresIt() {
        Feed feed = FeedFile.parse("sales.yaml", """
                feed: sales
                topic: sales
                schema: id STRING NOT NULL, at TIMESTAMP NOT NULL
                event: { id: id, time: at }
                rollups: { sales_by_id: { dimensions: [id], measures: { n: count() } } }
                """);

        assertThat(ViewName.all(feed))
                .extracting(ViewName::text)
                .containsExactly("sales_by_id_1m", "sales_by_id_1h", "sales_events");
        assertThat(ViewName.all(feed)).allMatch(view -> view.isOf(feed));
        assertThat(ViewName.parse("sales_by_id_events").orElseThrow().isOf(feed))
                .isFalse();
        assertThat(ViewName.parse("sales_1m").orElseThrow().isOf(feed)).isFalse();
    }
}
