package dev.tideline.serve.http;

import dev.tideline.protocol.CannotException;
import dev.tideline.serving.Access;
import java.io.PrintWriter;

/** Answers SQL for {@code POST /v1/query}. */
public interface Queries {
    /** The most characters of an answer. */
    int MOST_TEXT = 4 * 1024 * 1024;

    /**
     * Prints the answer to {@code sql}.
     *
     * @param access what the client may see
     * @param format {@code table}, {@code csv} or {@code json}
     * @throws CannotException when the query is refused
     * @throws NotServed when a session of the client's own may answer
     */
    void answer(String sql, String format, Access access, PrintWriter out) throws Exception;

    /** A query that a server does not answer, or not at that length. */
    final class NotServed extends RuntimeException {
        private static final long serialVersionUID = 1;

        public NotServed(String message) {
            super(message);
        }

        /** An answer of more than {@link #MOST_TEXT}. */
        public static NotServed tooLong() {
            return new NotServed("Cannot answer: the answer is longer than " + MOST_TEXT / 1024 / 1024
                    + " MB (a LIMIT, or a filter)");
        }
    }
}
