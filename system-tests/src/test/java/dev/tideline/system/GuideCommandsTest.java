package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tideline.app.Tideline;
import dev.tideline.app.config.Sessions;
import dev.tideline.quickstart.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Each command that the README and the pages of docs say to type, read by the command line's own parser and not run.
 * {@link ReadmeIT} types them.
 */
class GuideCommandsTest {
    private static final Pattern COMMAND = Pattern.compile("(?m)^bin/tideline +(.*?)(?: +#.*)?$");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

    @Test
    void everyCommandIsOneThatThereIs() throws IOException {
        List<String> commands = Readme.everywhere(COMMAND).stream()
                .filter(line -> !line.startsWith("bench")) // a command line of its own
                .toList();

        assertThat(commands).hasSizeGreaterThan(12);
        for (String command : commands) {
            StringWriter said = new StringWriter();
            Tideline tideline = new Tideline(
                    Sessions.own(), Map.of(), new PrintWriter(said), new PrintWriter(said), Main.commands());
            assertThatCode(() -> tideline.commandLine().parseArgs(words(command)))
                    .as(command)
                    .doesNotThrowAnyException();
        }
    }

    private static String[] words(String command) {
        return WORD.matcher(command)
                .results()
                .map(word -> Stream.of(1, 2, 3)
                        .map(word::group)
                        .filter(group -> group != null)
                        .findFirst()
                        .orElseThrow())
                .toArray(String[]::new);
    }
}
