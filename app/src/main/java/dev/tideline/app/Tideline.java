package dev.tideline.app;

import dev.tideline.app.commands.AlertsCommand;
import dev.tideline.app.commands.ArchiveCommand;
import dev.tideline.app.commands.FeedsCommand;
import dev.tideline.app.commands.MaintainCommand;
import dev.tideline.app.commands.QueryCommand;
import dev.tideline.app.commands.RecomputeCommand;
import dev.tideline.app.commands.RollbackCommand;
import dev.tideline.app.commands.ServeCommand;
import dev.tideline.app.commands.SpeedCommand;
import dev.tideline.app.commands.StatusCommand;
import dev.tideline.app.commands.VerifyCommand;
import dev.tideline.app.config.Sessions;
import dev.tideline.app.output.Console;
import dev.tideline.app.output.ExitCode;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
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
            ArchiveCommand.class,
            SpeedCommand.class,
            RecomputeCommand.class,
            RollbackCommand.class,
            QueryCommand.class,
            StatusCommand.class,
            MaintainCommand.class,
            ServeCommand.class,
            AlertsCommand.class,
            FeedsCommand.class,
            VerifyCommand.class
        },
        footerHeading = "%nExit codes:%n",
        footer = {
            "  0  done",
            "  1  failed (--verbose shows the stack trace), or an answer is not what it must be",
            "  2  cannot be done as asked, says why and what would work",
            "  3  another run came first; the answer is whole, nothing needs to be done",
            "  4  Kafka or the lake's store did not answer; the same command may work later",
            "",
            "First steps:",
            "  tideline quickstart                   everything on this machine, ends with a verdict",
            "  tideline dev                          Kafka, S3 and the streams, until Ctrl-C",
            "  tideline query --help                 how to ask",
            "  tideline bench --quick                what it costs on this machine, measured"
        })
public final class Tideline implements Runnable, Console {
    /** Commands of a checkout, which bring their own Kafka and S3. */
    private static final List<String> LOCAL = List.of("quickstart", "dev");

    private final Sessions sessions;
    private final Map<String, String> environment;
    private final PrintWriter out;
    private final PrintWriter err;
    private final List<Class<?>> more;
    private volatile String lastSaid = "";

    @Spec
    private CommandSpec spec;

    /**
     * The command with an environment, outputs and Spark sessions of its own.
     *
     * @param more command classes beside those of this module, such as those of a checkout's own Kafka and S3
     */
    public Tideline(
            Sessions sessions, Map<String, String> environment, PrintWriter out, PrintWriter err, Class<?>... more) {
        this.sessions = sessions;
        this.environment = environment;
        this.out = out;
        this.err = err;
        this.more = List.of(more);
    }

    public static void main(String[] args) {
        main(args, new Class<?>[0]);
    }

    /**
     * Runs one command of ours or of {@code more}, and ends the process with its exit code.
     *
     * @throws RuntimeException instead, where the process is YARN's and the command failed
     */
    public static void main(String[] args, Class<?>... more) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        Tideline tideline = new Tideline(Sessions.own(), System.getenv(), out, err, more);
        int code = ExitCode.FAILED;
        try {
            code = tideline.run(args);
        } catch (Error e) { // even to say why failed, such as without a file handle for a class
            e.printStackTrace(err);
        }
        if (!YarnDriver.isHere()) {
            System.exit(code);
        } else if (code != 0) {
            throw new YarnDriver.Failed(code, tideline.lastSaid);
        }
    }

    /** Runs one command and returns its exit code. */
    public int run(String... args) {
        return commandLine().execute(args);
    }

    /** The command line, to run or to read. */
    public CommandLine commandLine() {
        CommandLine line = new CommandLine(this);
        more.forEach(line::addSubcommand);
        return line.setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setExecutionStrategy(this::execute)
                .setParameterExceptionHandler(this::misused)
                .setExecutionExceptionHandler(this::failed);
    }

    @Override
    public Map<String, String> environment() {
        return environment;
    }

    @Override
    public Sessions sessions() {
        return sessions;
    }

    @Override
    public PrintWriter out() {
        return out;
    }

    @Override
    public void say(String progress) {
        lastSaid = progress;
        err.println("tideline: " + progress);
        err.flush();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    /** An Error, such as Hadoop's about a full disk, is said in a line as any failure; picocli would let it end the thread. */
    private int execute(ParseResult parsed) {
        try {
            return new RunLast().execute(parsed);
        } catch (Error e) {
            throw new ExecutionException(parsed.commandSpec().commandLine(), "failed", e);
        }
    }

    private int misused(ParameterException e, String[] args) {
        if (more.isEmpty() && args.length > 0 && LOCAL.contains(args[0])) {
            say("Cannot run " + args[0]
                    + ": this is the cluster's jar, without the embedded Kafka and S3 (bin/tideline " + args[0]
                    + " in a checkout has them)");
            return ExitCode.CANNOT;
        }
        CommandSpec command = e.getCommandLine().getCommandSpec();
        say(e.getMessage() + " (" + command.qualifiedName() + " --help)");
        return ExitCode.CANNOT;
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
        return cannot.map(ExitCode::of).orElse(ExitCode.FAILED);
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
                "tideline " + version + " (Spark " + spark() + ", Java " + System.getProperty("java.version") + ")"
            };
        }

        /** What Spark's own build says, without loading a class of it. */
        private static String spark() {
            try (InputStream in = Tideline.class.getResourceAsStream("/spark-version-info.properties")) {
                Properties build = new Properties();
                build.load(in);
                return build.getProperty("version");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
