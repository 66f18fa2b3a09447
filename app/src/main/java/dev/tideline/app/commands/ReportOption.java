package dev.tideline.app.commands;

import picocli.CommandLine.Option;

/** The {@code --format} of commands that report: tables for people, or one object a feed for programs. */
final class ReportOption {
    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "${COMPLETION-CANDIDATES} (default: table).")
    private Format format;

    /** For people, or for programs. */
    private enum Format {
        table,
        json
    }

    boolean isJson() {
        return format == Format.json;
    }
}
