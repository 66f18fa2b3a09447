package dev.tideline.embedded;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.util.Map;

/**
 * A {@link ClickTruth} as a text file. First lines that begin with {@code #}: the format, the seed, how many records
 * were rejected by reason and accepted by UTC date. Then the column names, then one comma-separated line for each
 * distinct event: that of its winner. Times are epoch milliseconds (UTC), an unknown user is 0, an unknown country empty.
 */
public final class TruthFile {
    private static final String FORMAT = "# tideline click truth 1";
    private static final String COLUMNS = "event,kafka_timestamp_ms,partition,offset,event_time_ms,ad_id,campaign_id,"
            + "user,country,device,cost_micros,is_valid";

    private TruthFile() {}

    /** Writes the whole file or nothing: it replaces one that exists once it is complete. */
    public static void save(ClickTruth truth, Path file) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".draft");
        try (BufferedWriter out = Files.newBufferedWriter(draft)) {
            out.write(FORMAT + "\n# seed " + truth.seed() + "\n");
            for (Map.Entry<Fate, Long> rejected : truth.rejected().entrySet()) {
                out.write("# rejected %s %d%n".formatted(rejected.getKey().label(), rejected.getValue()));
            }
            for (Map.Entry<LocalDate, Long> accepted : truth.acceptedByDate().entrySet()) {
                out.write("# accepted %s %d%n".formatted(accepted.getKey(), accepted.getValue()));
            }
            out.write(COLUMNS + "\n");
            for (ClickTruth.Winner winner : truth.winners()) {
                out.write(line(winner) + "\n");
            }
        }
        Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Reads what {@link #save} wrote.
     *
     * @throws IOException when the file cannot be read or is no truth file
     */
    public static ClickTruth load(Path file) throws IOException {
        try (BufferedReader in = Files.newBufferedReader(file)) {
            if (!FORMAT.equals(in.readLine())) {
                throw new IOException(
                        "Cannot load the truth from %s: its first line is not '%s'".formatted(file, FORMAT));
            }
            ClickTruth truth = new ClickTruth(Long.parseLong(in.readLine().substring("# seed ".length())));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("#")) {
                    count(truth, line.split(" ", -1));
                } else if (!line.equals(COLUMNS)) {
                    truth.keep(winner(line.split(",", -1)));
                }
            }
            return truth;
        } catch (RuntimeException e) {
            throw new IOException("Cannot load the truth from %s: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static void count(ClickTruth truth, String[] words) {
        long count = Long.parseLong(words[3]);
        if (words[1].equals("accepted")) {
            truth.countAccepted(LocalDate.parse(words[2]), count);
        } else {
            truth.countRejected(Fate.parse(words[2]), count);
        }
    }

    private static String line(ClickTruth.Winner winner) {
        Click click = winner.click();
        return String.join(
                ",",
                Long.toString(click.number()),
                Long.toString(winner.kafkaTimestampMs()),
                Integer.toString(winner.partition()),
                Long.toString(winner.offset()),
                Long.toString(click.eventTimeMs()),
                Long.toString(click.adId()),
                Long.toString(click.campaignId()),
                Integer.toString(click.user()),
                click.country(),
                click.device(),
                Long.toString(click.costMicros()),
                Boolean.toString(click.isValid()));
    }

    private static ClickTruth.Winner winner(String[] cells) {
        Click click = new Click(
                Long.parseLong(cells[0]),
                Long.parseLong(cells[4]),
                Long.parseLong(cells[5]),
                Long.parseLong(cells[6]),
                Integer.parseInt(cells[7]),
                cells[8],
                cells[9],
                Long.parseLong(cells[10]),
                Boolean.parseBoolean(cells[11]));
        return new ClickTruth.Winner(
                click, Long.parseLong(cells[1]), Integer.parseInt(cells[2]), Long.parseLong(cells[3]));
    }
}
