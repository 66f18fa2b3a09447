package dev.tideline.app.commands;

import dev.tideline.alerts.check.RuleCheck;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Feeds;
import dev.tideline.app.output.Console;
import dev.tideline.app.output.ExitCode;
import dev.tideline.feed.Feed;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code tideline alerts test}. */
@Command(
        name = "test",
        description =
                "Runs unit tests of rule files: given rows and times, the states that must come of them. Needs neither a"
                        + " lake nor Kafka. Ends with 1 when one fails.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = "  tideline alerts test my-rules/host.test.yaml")
final class AlertsTestCommand implements Callable<Integer> {
    @ParentCommand
    private AlertsCommand alerts;

    @Mixin
    private CommonOptions common;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Test files; they name the rule files.")
    private List<Path> files;

    @Override
    public Integer call() {
        Console console = alerts.console();
        Config config = common.offline(console.environment());
        Collection<Feed> feeds = Feeds.of(config.feeds()).all();
        console.say("starting Spark");
        int failed = console.sessions().withoutLake(spark -> failed(spark, feeds, console));
        return failed == 0 ? 0 : ExitCode.FAILED;
    }

    private int failed(SparkSession spark, Collection<Feed> feeds, Console console) {
        int failed = 0;
        for (Path file : files) {
            for (RuleCheck.Outcome outcome : RuleCheck.run(spark, file, feeds)) {
                failed += outcome.isPassed() ? 0 : 1;
                console.out()
                        .println((outcome.isPassed() ? "ok      " : "FAILED  ") + outcome.test() + ", "
                                + outcome.alert() + " at " + outcome.at());
                outcome.difference().ifPresent(difference -> console.out().println(difference.indent(10)));
            }
        }
        return failed;
    }
}
