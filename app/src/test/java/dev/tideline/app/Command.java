package dev.tideline.app;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/** One run of the command in this process: its exit code and what it said. */
record Command(int code, String out, String err) {
    static Command run(String... args) {
        return run(Map.of(), args);
    }

    static Command run(Map<String, String> environment, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = new Tideline(environment, new PrintWriter(out), new PrintWriter(err)).run(args);
        return new Command(code, out.toString(), err.toString());
    }
}
