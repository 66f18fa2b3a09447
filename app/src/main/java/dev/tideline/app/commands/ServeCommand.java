package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.app.process.RunningParts;
import dev.tideline.app.process.Shutdown;
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
            "Tokens guard Spark Connect and HTTP; JDBC takes spark.hadoop.hive.server2.authentication and its settings.",
            "--access says what each token and user may see.",
            "Clients only read. Whoever may use Spark Connect may run code as this server's user."
        })
public final class ServeCommand implements Callable<Integer> {
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
        options.checkReader(config);
        try (RunningParts running = new RunningParts(console)) {
            Shutdown.first(running::close);
            console.say("starting Spark");
            Session session = running.keep(console.sessions().existing(config.withSpark(options.settings(config))));
            Servers.open(session, config, options, console, running);
            console.out().println("ready");
            console.out().flush();
            running.await();
            return 0;
        }
    }
}
