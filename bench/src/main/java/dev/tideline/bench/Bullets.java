package dev.tideline.bench;

import java.util.List;
import java.util.Locale;

/**
 * A picture of how far each figure gets, as SVG: a bar for each, with lines where must, target and stretch are. Between the
 * lines a bar grows with the logarithm of its value, so that rows of different units stand under the same lines.
 */
record Bullets(List<Figure> figures) {
    private static final int LABELS = 430;
    private static final int STEP = 130;
    private static final int VALUES = 170;
    private static final int ROW = 26;
    private static final int TOP = 40;
    private static final List<String> LINES = List.of("must", "target", "stretch");

    String svg() {
        List<Figure> aimed = figures.stream().filter(f -> f.goal().isPresent()).toList();
        int width = LABELS + 3 * STEP + STEP / 2 + VALUES;
        int height = TOP + aimed.size() * ROW + 10;
        StringBuilder svg = new StringBuilder("""
                <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">
                <rect width="100%%" height="100%%" fill="white"/>
                """.formatted(width, height, width, height));
        for (int row = 0; row < aimed.size(); row++) {
            svg.append(bar(aimed.get(row), TOP + row * ROW));
        }
        for (int line = 1; line <= 3; line++) {
            int x = LABELS + line * STEP;
            svg.append(
                    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#444\" stroke-dasharray=\"3 3\"/>%n<text x=\"%d\" y=\"24\" text-anchor=\"middle\" fill=\"#444\">%s</text>%n"
                            .formatted(x, TOP - 8, x, height - 6, x, LINES.get(line - 1)));
        }
        return svg.append("</svg>\n").toString();
    }

    private static String bar(Figure figure, int y) {
        Goal goal = figure.goal().orElseThrow();
        double length = STEP * steps(goal, figure.value());
        String colour = switch (goal.reached(figure.value())) {
            case MISSED -> "#d1605e";
            case MUST -> "#e7ba52";
            case TARGET -> "#6aa56e";
            case STRETCH -> "#3b7a57";
        };
        return String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n<rect x=\"%d\" y=\"%d\" width=\"%.0f\" height=\"%d\" fill=\"%s\"/>%n<text x=\"%d\" y=\"%d\">%s</text>%n",
                LABELS - 10,
                y + ROW - 9,
                figure.row() + "  " + escaped(figure.what()),
                LABELS,
                y + 4,
                length,
                ROW - 8,
                colour,
                LABELS + 3 * STEP + STEP / 2 + 10,
                y + ROW - 9,
                escaped(Report.number(figure.value()) + " " + figure.unit()));
    }

    /** How far {@code value} gets: its share of must up to 1, then target is 2 and stretch 3; 3.5 at most. */
    static double steps(Goal goal, double value) {
        if (goal.reached(value) == Goal.Level.MISSED) {
            return goal.stretch() >= goal.must() ? value / goal.must() : goal.must() / value;
        }
        double target = Math.log(value / goal.must()) / Math.log(goal.target() / goal.must());
        double stretch = Math.log(value / goal.target()) / Math.log(goal.stretch() / goal.target());
        return Math.min(3.5, target <= 1 ? 1 + target : 2 + stretch);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
