package dev.tideline.app;

import dev.tideline.CannotException;
import dev.tideline.Causes;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The {@code tideline} command. */
@Command(
        name = "tideline",
        description =
                "Event streams into trustworthy aggregates: fresh within seconds, exact after the nightly recompute.",
        mixinStandardHelpOptions = true,
        versionProvider = Tideline.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            QuickstartCommand.class,
            DevCommand.class,
            ArchiveCommand.class,
            SpeedCommand.class,
            RecomputeCommand.class,
            RollbackCommand.class,
            QueryCommand.class,
            StatusCommand.class,
            MaintainCommand.class,
            ServeCommand.class,
            AlertsCommand.class,
            FeedsCommand.class
        },
        footerHeading = "%nExit codes:%n",
        footer = {
            "  0  done",
            "  1  failed (--verbose shows the stack trace), or an answer is not what it must be",
            "  2  cannot be done as asked, says why and what would work",
            "  3  another run came first; the answer is whole, nothing needs to be done",
            "",
            "First steps:",
            "  tideline quickstart                   everything on this machine, ends with a verdict",
            "  tideline dev                          Kafka, S3 and the streams, until Ctrl-C",
            "  tideline query --help                 how to ask",
            "  tideline bench --quick                what it costs on this machine, measured"
        })
public final class Tideline implements Runnable {
    static final int FAILED = 1;
    static final int CANNOT = 2;
    static final int CAME_SECOND = 3;

    private final Map<String, String> environment;
    private final PrintWriter out;
    private final PrintWriter err;

    @Spec
    private CommandSpec spec;

    Tideline(Map<String, String> environment, PrintWriter out, PrintWriter err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(new Tideline(System.getenv(), out, err).run(args));
    }

    /** Runs one command and returns its exit code. */
    int run(String... args) {
        return new CommandLine(this)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(this::misused)
                .setExecutionExceptionHandler(this::failed)
                .execute(args);
    }

    Map<String, String> environment() {
        return environment;
    }

    /** Where answers go. */
    PrintWriter out() {
        return out;
    }

    /** What is going on, for the person who waits. */
    void say(String progress) {
        err.println("tideline: " + progress);
        err.flush();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    private int misused(ParameterException e, String[] args) {
        CommandSpec command = e.getCommandLine().getCommandSpec();
        say(e.getMessage() + " (" + command.qualifiedName() + " --help)");
        return CANNOT;
    }

    private int failed(Exception e, CommandLine command, ParseResult parsed) {
        Optional<CannotException> cannot = cannot(e);
        boolean verbose = parsed.asCommandLineList().stream()
                .map(CommandLine::getParseResult)
                .anyMatch(typed -> typed.hasMatchedOption("--verbose"));
        if (cannot.isPresent()) {
            say(cannot.get().getMessage());
        } else {
            say("failed: " + Causes.line(e) + (verbose ? "" : " (--verbose shows the stack trace)"));
        }
        if (verbose) {
            e.printStackTrace(err);
        }
        return cannot.isPresent() ? CANNOT : FAILED;
    }

    private static Optional<CannotException> cannot(Throwable e) {
        return Causes.of(e)
                .filter(CannotException.class::isInstance)
                .map(CannotException.class::cast)
                .findFirst();
    }

    /** The version of the jar, and what it runs on. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Optional.ofNullable(Tideline.class.getPackage().getImplementationVersion())
                    .orElse("dev");
            return new String[] {
                "tideline " + version + " (Spark " + org.apache.spark.package$.MODULE$.SPARK_VERSION() + ", Java "
                        + System.getProperty("java.version") + ")"
            };
        }
    }
}
