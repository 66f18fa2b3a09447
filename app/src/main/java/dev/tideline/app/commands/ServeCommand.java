package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.RunningParts;
import dev.tideline.app.process.Shutdown;
import dev.tideline.feed.Feed;
import dev.tideline.operations.Status;
import dev.tideline.serve.JdbcServer;
import dev.tideline.serve.SharedViews;
import dev.tideline.serve.http.HttpServer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code tideline serve}. */
@Command(
        name = "serve",
        description =
                "The views for BI tools by JDBC, for notebooks by Spark Connect, and for applications by HTTP; until stopped.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  tideline serve                              then: beeline -u jdbc:hive2://127.0.0.1:10000 -e 'SHOW VIEWS;'",
            "  tideline serve --without jdbc --without connect          HTTP alone, which needs no Spark distribution",
            "  TIDELINE_TOKEN=… tideline serve --host 0.0.0.0 --without jdbc",
            "The token guards Spark Connect and HTTP; JDBC takes spark.hadoop.hive.server2.authentication and its settings.",
            "Clients only read. Whoever may use Spark Connect may run code as this server's user."
        })
public final class ServeCommand implements Callable<Integer> {
    private static final Duration VIEWS = Duration.ofSeconds(10);

    @ParentCommand
    private Console console;

    @Mixin
    private CommonOptions common;

    @Mixin
    private ServeOptions options;

    @Override
    public Integer call() throws InterruptedException {
        Config config = common.config(console.environment());
        options.check(config, console.environment());
        try (RunningParts running = new RunningParts(console)) {
            Shutdown.first(running::close);
            console.say("starting Spark");
            Session session = running.keep(
                    console.sessions().existing(config.withSpark(options.settings(config, console.environment()))));
            SharedViews views = running.keep(SharedViews.start(session.lake(), VIEWS));
            for (ServeOptions.Door door : options.doors()) {
                open(door, session, config, running);
            }
            console.out().println("views    " + String.join(", ", views.names()));
            console.out().println("ready");
            console.out().flush();
            running.await();
            return 0;
        }
    }

    private void open(ServeOptions.Door door, Session session, Config config, RunningParts running) {
        String at = options.host() + ":";
        switch (door) {
            case jdbc -> {
                running.keep(JdbcServer.start(session.spark()));
                at = "jdbc     jdbc:hive2://" + at + options.port(door);
            }
            case connect -> at = "connect  sc://" + at + options.port(door);
            case http -> {
                HttpServer http = running.keep(HttpServer.start(
                        options.http(),
                        session.lake(),
                        config.kafka(),
                        ServeOptions.token(console.environment()),
                        () -> status(session, config),
                        options.timeout()));
                at = "http     http://" + at + http.port() + "/";
            }
            default -> throw new AssertionError(door);
        }
        console.out().println(at);
    }

    private static List<Status> status(Session session, Config config) {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        List<Feed> feeds = List.copyOf(session.lake().feeds().all().values());
        return feeds.stream()
                .map(feed -> Status.of(session.lake(), feed, config.kafka(), Instant.now(), today))
                .toList();
    }
}
