package dev.tideline.serve;

import java.util.regex.Pattern;

/** The settings of a session that a client may set, and those that it may not even see. */
final class ClientSettings {
    /** They say how an answer is written and its text is read, not where from, by whom, or with how much of the machine. */
    private static final Pattern OWN = Pattern.compile("spark\\.sql\\.(session\\.timeZone|ansi\\.enabled|caseSensitive"
            + "|timestampType|mapKeyDedupPolicy|binaryOutputStyle|datetime\\.java8API\\.enabled|legacy\\.timeParserPolicy"
            + "|groupByOrdinal|orderByOrdinal|groupByAliases|adaptive\\.enabled|broadcastTimeout"
            + "|execution\\.arrow\\.(pyspark\\.(enabled|fallback\\.enabled|selfDestruct\\.enabled)|maxRecordsPerBatch)"
            + "|execution\\.pandas\\.(convertToArrowArraySafely|structHandlingMode)"
            // Delta sets it for itself where it reads.
            + "|parquet\\.fieldId\\.(read|write)\\.enabled"
            + "|repl\\.eagerEval\\.\\w+|pyspark\\.plotting\\.\\w+|ui\\.explainMode|hive\\.version)"
            // Hive has these from JdbcServer in each session; what a connection says is not substituted, and they are
            // restricted.
            + "|hive\\.(server2\\.[\\w.]+|variable\\.substitute|conf\\.restricted\\.list)");

    private static final Pattern SECRET = Pattern.compile(
            "secret|password|passwd|token|credential|access.?key|jaas|keystore|truststore|private.?key",
            Pattern.CASE_INSENSITIVE);

    private ClientSettings() {}

    static boolean mayBeSet(String name) {
        return OWN.matcher(name).matches();
    }

    static boolean isSecret(String name) {
        return SECRET.matcher(name).find();
    }
}
