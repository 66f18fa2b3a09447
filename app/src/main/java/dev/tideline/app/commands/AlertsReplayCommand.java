package dev.tideline.app.commands;

import dev.tideline.alerts.evaluate.Replay;
import dev.tideline.alerts.rule.Rule;
import dev.tideline.alerts.rule.RuleFiles;
import dev.tideline.alerts.rule.RuleQuery;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Session;
import dev.tideline.app.output.Console;
import dev.tideline.notify.Transition;
import dev.tideline.protocol.CannotException;
import dev.tideline.serving.Views;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code tideline alerts replay}. */
@Command(
        name = "replay",
        description =
                "What rules would have done over past data, as the views have it now, before they are put live. Tells"
                        + " nobody and writes nothing.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = "  tideline alerts replay --rules new-rules --from 2d")
final class AlertsReplayCommand implements Callable<Integer> {
    private static final List<String> COLUMNS = List.of("alert", "labels", "starts_at", "ends_at", "value", "summary");

    @ParentCommand
    private AlertsCommand alerts;

    @Mixin
    private CommonOptions common;

    @Option(names = "--rules", paramLabel = "FOLDER", description = "Rule files (default: the configured ones).")
    private Path rules;

    @Option(names = "--from", paramLabel = "TIME", required = true, description = "Windows since: " + Period.TIME)
    private String from;

    @Option(names = "--to", paramLabel = "TIME", defaultValue = "now", description = "Until (default: now).")
    private String to;

    @Mixin
    private FormatOption format;

    @Override
    public Integer call() {
        Console console = alerts.console();
        Config config = common.config(console.environment());
        Instant now = Instant.now();
        Period period = Period.of(from, to, now);
        RuleFiles files = RuleFiles.of(Optional.ofNullable(rules).or(config::alertRules));
        files.problems().forEach(console::say);
        console.say("starting Spark");
        try (Session session = console.sessions().existing(config)) {
            Views.register(session.spark(), config.lake());
            List<List<Object>> fired = new ArrayList<>();
            for (Rule rule :
                    files.groups().stream().flatMap(g -> g.rules().stream()).toList()) {
                fired.addAll(fired(session, rule, period, now, console));
            }
            format.format().print(COLUMNS, fired, console.out());
        }
        return 0;
    }

    private static List<List<Object>> fired(Session session, Rule rule, Period period, Instant now, Console console) {
        SparkSession spark = session.spark();
        List<List<Object>> rows = new ArrayList<>();
        try {
            if (!RuleQuery.isWindowed(spark, rule)) {
                console.say(rule.id() + ": has no window_start, only judges the present");
                return rows;
            }
            List<Transition> told = Replay.of(spark, rule, period.from(), period.to(), now);
            for (Transition t : told) {
                if (t.kind() == Transition.Kind.FIRING) {
                    Optional<Instant> end = told.stream()
                            .filter(other -> other.key().equals(t.key()))
                            .flatMap(other -> other.endsAt().stream())
                            .findFirst();
                    rows.add(Arrays.asList(
                            t.alert(),
                            t.labels().toString(),
                            t.startsAt(),
                            end.orElse(null),
                            t.value().orElse(null),
                            t.annotations().getOrDefault("summary", "")));
                }
            }
            console.say(rule.id() + ": fires " + rows.size() + " times");
        } catch (CannotException | IllegalArgumentException e) {
            console.say(rule.id() + ": " + e.getMessage());
        }
        return rows;
    }
}
