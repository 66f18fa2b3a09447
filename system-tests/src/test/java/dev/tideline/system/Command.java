package dev.tideline.system;

import dev.tideline.SharedSpark;
import dev.tideline.app.Tideline;
import dev.tideline.app.config.Sessions;
import dev.tideline.embedded.EmbeddedKafka;
import dev.tideline.quickstart.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One run of the command in this process: its exit code and what it said. */
record Command(int code, String out, String err) {
    /** Sessions on the Spark of this JVM's tests. */
    static final Sessions SESSIONS = Sessions.borrowed(SharedSpark::running);

    static Command run(String... args) {
        return run(Map.of(), args);
    }

    /** A command with two shuffle partitions on the lake and with the Kafka given, unless {@code args} set others. */
    static Command on(Path lake, EmbeddedKafka kafka, String... args) {
        List<String> all = new ArrayList<>(List.of(
                args[0],
                "--set",
                "lake=" + lake,
                "--set",
                "kafka.bootstrap.servers=" + kafka.bootstrapServers(),
                "--set",
                "spark.sql.shuffle.partitions=2"));
        all.addAll(List.of(args).subList(1, args.length));
        return run(all.toArray(String[]::new));
    }

    static Command run(Map<String, String> environment, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = new Tideline(SESSIONS, environment, new PrintWriter(out), new PrintWriter(err), Main.commands())
                .run(args);
        return new Command(code, out.toString(), err.toString());
    }
}
