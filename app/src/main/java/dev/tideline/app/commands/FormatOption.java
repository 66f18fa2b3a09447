package dev.tideline.app.commands;

import dev.tideline.app.output.AnswerFormat;
import picocli.CommandLine.Option;

/** How a command that answers with rows prints them. */
final class FormatOption {
    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "${COMPLETION-CANDIDATES} (default: table). JSON is one object a line.")
    private AnswerFormat format;

    AnswerFormat format() {
        return format;
    }
}
