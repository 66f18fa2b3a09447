package dev.tideline.app.output;

import dev.tideline.app.config.Sessions;
import java.io.PrintWriter;
import java.util.Map;

/** Where a command answers, and what it was started with. */
public interface Console {
    /** The environment variables of the process. */
    Map<String, String> environment();

    /** Where Spark sessions come from. */
    Sessions sessions();

    /** Where answers go. */
    PrintWriter out();

    /** Shows progress to the person who waits, one line; never part of an answer. */
    void say(String progress);
}
