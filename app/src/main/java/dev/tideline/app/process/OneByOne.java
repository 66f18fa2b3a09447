package dev.tideline.app.process;

import dev.tideline.app.output.Console;
import dev.tideline.protocol.Causes;

/** Steps of which one that fails does not stop those behind it. */
public final class OneByOne {
    private final Console console;
    private Exception first;

    public OneByOne(Console console) {
        this.console = console;
    }

    /** One step, which may throw whatever Spark and Hadoop do. */
    public interface Step {
        void run() throws Exception;
    }

    /**
     * Does {@code step}, and says so where it fails.
     *
     * @throws InterruptedException at once: no more steps are wanted
     */
    public void run(String what, Step step) throws InterruptedException {
        try {
            step.run();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            console.say(what + " failed: " + Causes.line(e));
            first = first == null ? e : first;
        }
    }

    /** Ends with the first failure, if there was one. */
    public void end() throws Exception {
        if (first != null) {
            throw first;
        }
    }
}
