package dev.tideline.quickstart;

import java.io.PrintWriter;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The top ads and this machine's CPU as the views have them now, for people to look at. */
final class LivePicture {
    private static final int BAR = 30;
    private static final String LEVELS = "▁▂▃▄▅▆▇█";

    private final SparkSession spark;
    private final PrintWriter out;
    private final long began = System.nanoTime();

    LivePicture(SparkSession spark, PrintWriter out) {
        this.spark = spark;
        this.out = out;
    }

    void show(long sent) {
        out.printf("%n  after %d s, %,d clicks sent%n", (System.nanoTime() - began) / 1_000_000_000, sent);
        topAds();
        cpu();
        out.flush();
    }

    private void topAds() {
        List<Row> ads = spark.sql("""
                SELECT ad_id, sum(clicks) AS clicks FROM clicks_by_ad_1m
                WHERE window_start >= now() - INTERVAL 5 MINUTES AND event_date >= date_sub(current_date(), 1)
                GROUP BY ad_id ORDER BY clicks DESC, ad_id LIMIT 5""").collectAsList();
        long most = ads.isEmpty() ? 1 : ads.get(0).getLong(1);
        out.println("  top ads, last 5 minutes");
        for (Row ad : ads) {
            long clicks = ad.getLong(1);
            out.printf("    ad %-6d %6d  %s%n", ad.getLong(0), clicks, "█".repeat((int) (BAR * clicks / most)));
        }
    }

    private void cpu() {
        List<Row> samples = spark.sql("""
                SELECT value FROM metrics_events
                WHERE metric = 'cpu_utilization_ratio' AND event_date >= date_sub(current_date(), 1)
                ORDER BY time DESC LIMIT 60""").collectAsList();
        List<Row> minutes = spark.sql("""
                SELECT avg, max FROM metrics_1m
                WHERE metric = 'cpu_utilization_ratio' AND event_date >= date_sub(current_date(), 1)
                ORDER BY window_start DESC LIMIT 1""").collectAsList();
        StringBuilder line = new StringBuilder();
        for (Row sample : samples) {
            int level = (int) (Math.max(0, Math.min(0.999, sample.getDouble(0))) * LEVELS.length());
            line.insert(0, LEVELS.charAt(level));
        }
        if (!minutes.isEmpty()) {
            out.printf(
                    "  host CPU, this minute: mean %.0f %%, most %.0f %%   %s%n",
                    100 * minutes.get(0).getDouble(0), 100 * minutes.get(0).getDouble(1), line);
        }
    }
}
