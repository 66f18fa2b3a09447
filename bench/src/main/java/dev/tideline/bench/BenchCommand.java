package dev.tideline.bench;

import dev.tideline.protocol.CannotException;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tideline bench}. */
@Command(
        name = "tideline bench",
        description =
                "What Tideline costs on this machine, beside what else one could use, in one run, every answer checked"
                        + " against DuckDB.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExit codes:%n",
        footer = {
            "  0  every figure reaches what it must",
            "  1  one does not, or an answer is wrong",
            "  2  cannot be done as asked"
        })
public final class BenchCommand implements Callable<Integer> {
    static final List<Measure> MEASURES = List.of(
            new SpeedMeasure(),
            new NaiveMeasure(),
            new LiveMeasure(),
            new MetricsMeasure(),
            new FreshnessMeasure(),
            new SoakMeasure(),
            new RecomputeMeasure(),
            new BytesMeasure(),
            new ViewMeasure(),
            new GrowthMeasure(),
            new AlertMeasure(),
            new SmallMeasure(),
            new AgeMeasure());

    @Parameters(
            paramLabel = "MEASURE",
            completionCandidates = Names.class,
            description = "Only these (default: all but alerts, small and age; ${COMPLETION-CANDIDATES}).")
    private List<String> names = new ArrayList<>();

    @Option(names = "--quick", description = "Fewer events and rounds: minutes, rougher figures.")
    private boolean quick;

    @Option(names = "--soak", description = "Only the measure soak, with 10,000 micro-batches on one lake: hours.")
    private boolean soak;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table or json, one object a line (default: ${DEFAULT-VALUE}).")
    private Format format;

    @Option(
            names = "--write",
            paramLabel = "DIR",
            description =
                    "Also write the table into PERFORMANCE.md in this folder, and beside it figures.json and figures.svg.")
    private Optional<Path> docs = Optional.empty();

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A setting of the Spark session. Repeatable.")
    private Map<String, String> settings = new TreeMap<>();

    @Spec
    private CommandSpec spec;

    enum Format {
        TABLE,
        JSON
    }

    /** What measures are called, for the help. */
    static final class Names extends ArrayList<String> {
        Names() {
            super(MEASURES.stream().map(Measure::name).toList());
        }
    }

    public static void main(String[] args) {
        System.exit(new CommandLine(new BenchCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler(BenchCommand::failed)
                .execute(args));
    }

    private static int failed(Exception e, CommandLine line, CommandLine.ParseResult parsed) throws Exception {
        if (e instanceof CannotException) {
            line.getErr().println("tideline bench: " + e.getMessage());
            return 2;
        }
        throw e;
    }

    @Override
    public Integer call() throws Exception {
        List<Measure> measures = chosen();
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        List<Figure> figures = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        Path dir = Files.createTempDirectory("tideline-bench-");
        try (Site site = Site.open(dir, size(), settings, line -> err.println("bench: " + line))) {
            for (Measure measure : measures) {
                Heap.forgetPeak();
                long began = System.nanoTime();
                try {
                    figures.addAll(measure.take(site));
                    figures.add(Figure.of(
                            measure.row(),
                            measure.name() + ": heap left by a collection, at most",
                            Heap.peak(),
                            "MiB"));
                } catch (Exception | Error e) {
                    // The others still tell something; what this one has measured does not.
                    failures.add(measure.name() + ": " + e);
                    e.printStackTrace(err);
                }
                site.progress().say("%s took %.0f s".formatted(measure.name(), (System.nanoTime() - began) / 1e9));
            }
            return report(new Report(machine(), figures, failures));
        }
    }

    private int report(Report report) throws IOException {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        if (format == Format.JSON) {
            report.json(out);
        } else {
            report.print(out);
        }
        if (docs.isPresent()) {
            report.write(docs.get());
        }
        return report.holds() ? 0 : 1;
    }

    private String machine() {
        Runtime runtime = Runtime.getRuntime();
        return "`bin/tideline bench%s%s`: %d cores, Java %d, %s, Spark %s"
                .formatted(
                        soak ? " --soak" : quick ? " --quick" : "",
                        names.stream().map(" "::concat).collect(Collectors.joining()),
                        runtime.availableProcessors(),
                        Runtime.version().feature(),
                        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                                .filter(argument -> argument.startsWith("-Xmx"))
                                .reduce("-Xmx by default", (before, last) -> last),
                        org.apache.spark.package$.MODULE$.SPARK_VERSION());
    }

    private Size size() {
        return soak ? Size.SOAK : quick ? Size.QUICK : Size.FULL;
    }

    private List<Measure> chosen() {
        if (soak) {
            return List.of(new SoakMeasure());
        }
        Map<String, Measure> known =
                MEASURES.stream().collect(Collectors.toMap(Measure::name, m -> m, (a, b) -> a, TreeMap::new));
        for (String name : names) {
            if (!known.containsKey(name)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "Cannot measure " + name + ": there is no such measure (" + String.join(", ", known.keySet())
                                + ")");
            }
        }
        return names.isEmpty()
                ? MEASURES.stream().filter(measure -> !measure.onlyByName()).toList()
                : names.stream().map(known::get).toList();
    }
}
