package dev.tideline.app.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.app.Tideline;
import dev.tideline.app.config.Sessions;
import dev.tideline.app.output.ExitCode;
import java.io.IOError;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

/** An Error that ends a command is said as any other failure. */
@Tag("lane-b")
class ErrorsTest {
    /** Its disk is full. */
    @Command(name = "fill")
    static final class Fill implements Callable<Integer> {
        @Override
        public Integer call() {
            throw new IOError(new IOException("No space left on device"));
        }
    }

    @Test
    void inOneLine() {
        StringWriter said = new StringWriter();
        Tideline tideline =
                new Tideline(Sessions.own(), Map.of(), new PrintWriter(said), new PrintWriter(said), Fill.class);

        assertThat(tideline.run("fill")).isEqualTo(ExitCode.FAILED);
        assertThat(said)
                .hasToString(
                        "tideline: failed: IOException: No space left on device (--verbose shows the stack trace)\n");
    }
}
