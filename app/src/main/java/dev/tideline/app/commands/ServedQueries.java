package dev.tideline.app.commands;

import dev.tideline.app.output.AnswerFormat;
import dev.tideline.app.output.SparkAnswer;
import dev.tideline.feed.Feed;
import dev.tideline.lake.Lake;
import dev.tideline.serve.ClientSessions;
import dev.tideline.serve.http.Queries;
import dev.tideline.serving.Access;
import dev.tideline.serving.Views;
import dev.tideline.spark.PartitionLimit;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Answers as {@code query} does with a Spark of its own: the same views, words and errors. Its session is one of the
 * server's, which refuse to write and to read files by their path.
 */
final class ServedQueries {
    private static final int MOST_ROWS = 100_000;

    /** Files by their path, such as delta.`/a/folder`, which a command's own session reads. */
    private static final Pattern FILES = Pattern.compile("\\w\\s*\\.\\s*`[^`]*[/:]");

    private final Lake lake;
    private final Views views;
    private final Access access;
    private final SparkSession session;
    private Map<String, Feed> feeds = Map.of();
    private List<String> names = List.of();

    /** Answers about {@code lake}, whose session has what {@code access} may see. */
    private ServedQueries(Lake lake, Access access) {
        this.lake = lake;
        this.access = access;
        this.views = new Views(lake, access);
        this.session = lake.spark().newSession();
    }

    /** Answers each access by a session of its own. */
    static Queries of(ClientSessions clients) {
        Map<Access, ServedQueries> sessions = new ConcurrentHashMap<>();
        return (sql, format, access, out) -> sessions.computeIfAbsent(
                        access, a -> new ServedQueries(clients.lake(a), a))
                .answer(sql, format, out);
    }

    private void answer(String sql, String format, PrintWriter out) throws Exception {
        if (FILES.matcher(sql).find()) {
            throw new Queries.NotServed("Cannot answer: the server answers from the views alone");
        }
        ReadOnlyQuery.require(sql);
        List<String> known = register();
        try {
            Dataset<Row> rows = PartitionLimit.of(ReadOnlyQuery.rows(session, sql), MOST_ROWS + 1);
            SparkAnswer.print(AnswerFormat.valueOf(format.toUpperCase(Locale.ROOT)), rows, limit(), out);
        } catch (Exception e) {
            throw ReadOnlyQuery.refused(e, known);
        }
    }

    /** Views are made again when feeds have changed, or one is there that was not. */
    private synchronized List<String> register() {
        Map<String, Feed> feedsNow = lake.feeds().all();
        if (!feedsNow.equals(feeds) || !views.names().equals(names)) {
            names = Views.register(session, lake.root(), access);
            feeds = feedsNow;
        }
        return names;
    }

    /** Seen before rows are kept: a table is printed once all of its rows are there. */
    private static Consumer<Row> limit() {
        AtomicInteger rows = new AtomicInteger();
        AtomicLong characters = new AtomicLong();
        return row -> {
            for (int i = 0; i < row.size(); i++) {
                characters.addAndGet(row.isNullAt(i) ? 0 : row.getString(i).length());
            }
            if (rows.incrementAndGet() > MOST_ROWS) {
                throw new Queries.NotServed(
                        "Cannot answer: the answer has more than " + MOST_ROWS + " rows (a LIMIT, or a filter)");
            }
            if (characters.get() > Queries.MOST_TEXT) {
                throw Queries.NotServed.tooLong();
            }
        };
    }
}
