package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.config.Session;
import dev.tideline.app.config.Settings;
import dev.tideline.embedded.ClickGenerator;
import dev.tideline.embedded.Clicks;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.ledger.Stream;
import dev.tideline.quickstart.LocalStack;
import dev.tideline.streaming.StreamOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two processes that both do everything, of which one or the other is killed, or stopped for a while and let go on as a zombie,
 * at random moments; then neither runs and the lake must come to the truth. 30 times, {@code -Dtideline.long=true} 300, or
 * {@code -Dtideline.kills=N}; {@code -Dtideline.seed=N} draws the same again, though not at the same moments.
 */
@Tag("lane-c")
class RivalsIT {
    private static final int KILLS =
            Integer.getInteger("tideline.kills", Boolean.getBoolean("tideline.long") ? 300 : 30);
    /** So many between two looks at the whole lake. */
    private static final int AT_ONCE = 15;

    private static final long SEED = Long.getLong("tideline.seed", System.nanoTime() % 1_000_000);
    private static final Duration MOST = Duration.ofMinutes(4);
    private static final LocalDate DAY = LocalDate.now(ZoneOffset.UTC).minusDays(3);

    @TempDir
    static Path dir;

    private final Random random = new Random(SEED);

    @Test
    void theLakeIsWholeWhicheverOfTwoIsKilledOrStopped() throws Exception {
        System.err.println("rivals: -Dtideline.seed=" + SEED);
        try (LocalStack stack = LocalStack.withOwnBucket(dir)) {
            Path config = stack.write(Map.of("spark.sql.shuffle.partitions", "1"));
            Config read = Config.of(Settings.of(Optional.of(config), Map.of(), List.of()));
            Feeds feeds = Feeds.of(Optional.empty());
            stack.createTopics(feeds);
            Feed clicks = feeds.named("clicks");
            Clicks some = Clicks.seeded(SEED)
                    .with(new Clicks.Traffic(1, 0.5))
                    .with(new Clicks.Disorder(0.1, Duration.ofHours(5), 0.1, Duration.ofHours(1), 0.05, 0.01));
            Instant start = DAY.atTime(LocalTime.of(6, 0)).toInstant(ZoneOffset.UTC);
            try (Session session = Command.SESSIONS.open(read);
                    Arrivals arrivals = new Arrivals(
                            ClickGenerator.of(some, start), stack.kafka().bootstrapServers(), clicks.topic())) {
                Lake lake = session.lake();
                StreamOptions options = StreamOptions.of(read.requireKafka(), Duration.ofMillis(300));
                arrivals.send(200);
                Whole.catchUp(lake, clicks, options);
                for (int done = 0; done < KILLS; done += AT_ONCE) {
                    arrivals.flow(20);
                    int kills = rival(config, lake, clicks, Math.min(AT_ONCE, KILLS - done));
                    arrivals.pause();
                    Whole.check(lake, clicks, arrivals);
                    System.err.println("rivals: " + Math.min(done + AT_ONCE, KILLS) + " survived, of the last "
                            + AT_ONCE + " " + kills + " by SIGKILL");
                }
                Whole.comesToTheTruth(lake, clicks, options, arrivals);
            } catch (AssertionError e) {
                throw new AssertionError("-Dtideline.seed=" + SEED, e);
            }
        }
    }

    /** Two at work, of which one is killed or stopped {@code times} times; both are killed in the end. */
    private int rival(Path config, Lake lake, Feed clicks, int times) throws Exception {
        OwnProcess[] both = {start(config), start(config)};
        int kills = 0;
        try {
            for (int i = 0; i < times; i++) {
                int which = random.nextInt(2);
                await().atMost(MOST).until(() -> both[which].words().contains("works"));
                Thread.sleep(random.nextInt(1_500));
                if (i + 2 >= times || random.nextInt(5) == 0) {
                    assertThat(both[which].kill()).as(both[which].words()).isEqualTo(OwnProcess.SIGKILL);
                    kills++;
                    both[which] = i + 2 >= times ? both[1 - which] : start(config);
                } else {
                    both[which].signal("STOP");
                    Thread.sleep(random.nextInt(3_000));
                    both[which].signal("CONT");
                }
                if (i == times / 2) { // both were at work, whatever befell them
                    long archived =
                            lake.progress(clicks, Stream.ARCHIVE).progress().seq();
                    await().atMost(MOST)
                            .until(() -> lake.progress(clicks, Stream.ARCHIVE)
                                            .progress()
                                            .seq()
                                    > archived);
                }
            }
        } finally {
            both[0].close();
            both[1].close();
        }
        return kills;
    }

    private static OwnProcess start(Path config) {
        return OwnProcess.of(dir, RivalDriver.class, config.toString(), DAY.toString());
    }
}
