package dev.tideline.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tideline.operations.TextTable;
import dev.tideline.protocol.CannotException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * All figures of one run, for people and for programs.
 *
 * @param machine and command that gave them, in a line
 * @param failures of measures that give no figure: a wrong answer, or no answer
 */
record Report(String machine, List<Figure> figures, List<String> failures) {
    private static final String BEGIN = "<!-- figures -->\n";
    private static final String END = "<!-- end of figures -->\n";
    private static final List<String> HEAD =
            List.of("row", "measure", "figure", "unit", "CPU s/M", "must", "target", "stretch", "reached");

    void print(PrintWriter out) {
        out.println(machine);
        new TextTable(HEAD, rows()).print(out);
        failures.forEach(failure -> out.println("FAILED  " + failure));
    }

    /** As a table of Markdown. */
    String markdown() {
        StringBuilder text = new StringBuilder("| " + String.join(" | ", HEAD) + " |\n|");
        text.append("---|".repeat(HEAD.size())).append('\n');
        rows().forEach(row -> text.append("| ").append(String.join(" | ", row)).append(" |\n"));
        failures.forEach(failure -> text.append("\nFailed: ").append(failure).append('\n'));
        return text.toString();
    }

    /**
     * Puts the table where {@code PERFORMANCE.md} of {@code docs} has it, and beside it the same as lines of JSON and a picture.
     *
     * @throws CannotException when there is no such file, or no place for a table in it
     */
    void write(Path docs) throws IOException {
        Path page = docs.resolve("PERFORMANCE.md");
        String text = Files.exists(page) ? Files.readString(page) : "";
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new CannotException("Cannot write " + page + ": it has no lines " + BEGIN.strip() + " and "
                    + END.strip() + " (put them where the table shall stand)");
        }
        String table = machine + "\n\n" + markdown() + "\n![How far each figure gets](figures.svg)\n";
        Files.writeString(page, text.substring(0, begin + BEGIN.length()) + table + text.substring(end));
        Files.writeString(docs.resolve("figures.svg"), new Bullets(figures).svg());
        try (PrintWriter json = new PrintWriter(Files.newBufferedWriter(docs.resolve("figures.json")))) {
            json(json);
        }
    }

    private List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        for (Figure figure : figures) {
            List<String> row = new ArrayList<>(List.of(
                    Integer.toString(figure.row()),
                    figure.what(),
                    number(figure.value()),
                    figure.unit(),
                    figure.cpu().isPresent() ? number(figure.cpu().getAsDouble()) : ""));
            row.addAll(figure.goal()
                    .map(g -> List.of(number(g.must()), number(g.target()), number(g.stretch())))
                    .orElse(List.of("", "", "")));
            row.add(figure.reached()
                    .map(level -> level.name().toLowerCase(Locale.ROOT))
                    .orElse(""));
            rows.add(row);
        }
        return rows;
    }

    /** Three digits that matter. */
    static String number(double value) {
        return value >= 100
                ? "%,.0f".formatted(value)
                : value >= 10 ? "%.1f".formatted(value) : "%.2f".formatted(value);
    }

    /** One object a line. */
    void json(PrintWriter out) throws JsonProcessingException {
        ObjectMapper mapper = new ObjectMapper();
        for (Figure figure : figures) {
            ObjectNode node = mapper.createObjectNode()
                    .put("row", figure.row())
                    .put("measure", figure.what())
                    .put("value", figure.value())
                    .put("unit", figure.unit());
            figure.cpu().ifPresent(cpu -> node.put("cpu_seconds_per_million", cpu));
            figure.goal()
                    .ifPresent(g ->
                            node.put("must", g.must()).put("target", g.target()).put("stretch", g.stretch()));
            figure.reached().ifPresent(level -> node.put("reached", level.name().toLowerCase(Locale.ROOT)));
            out.println(mapper.writeValueAsString(node));
        }
        for (String failure : failures) {
            out.println(mapper.writeValueAsString(mapper.createObjectNode().put("failed", failure)));
        }
    }

    /** Whether every measure gave its figures, and each reaches what it must. */
    boolean holds() {
        return failures.isEmpty()
                && figures.stream().flatMap(f -> f.reached().stream()).noneMatch(level -> level == Goal.Level.MISSED);
    }
}
