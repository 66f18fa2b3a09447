package dev.tideline.operations;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.IntStream;

/** Columns of text for a terminal; numbers stand to the right. */
public record TextTable(List<String> head, List<List<String>> rows) {
    private static final int WIDEST = 80;

    public void print(PrintWriter out) {
        int[] widths = IntStream.range(0, head.size()).map(this::width).toArray();
        boolean[] numbers = new boolean[widths.length];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            numbers[i] = !rows.isEmpty()
                    && rows.stream().allMatch(row -> row.get(column).matches("[-+0-9.,E%]*"));
        }
        out.println(line(head, widths, numbers));
        StringBuilder rule = new StringBuilder();
        for (int width : widths) {
            rule.append("-".repeat(width)).append("  ");
        }
        out.println(rule.toString().stripTrailing());
        rows.forEach(row -> out.println(line(row, widths, numbers)));
        out.flush();
    }

    private int width(int column) {
        int widest =
                rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
        return Math.min(WIDEST, Math.max(widest, head.get(column).length()));
    }

    private static String line(List<String> cells, int[] widths, boolean[] numbers) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = cells.get(i).length() > WIDEST ? cells.get(i).substring(0, WIDEST - 1) + "…" : cells.get(i);
            String pad = " ".repeat(widths[i] - cell.length());
            line.append(numbers[i] ? pad + cell : cell + pad).append("  ");
        }
        return line.toString().stripTrailing();
    }
}
