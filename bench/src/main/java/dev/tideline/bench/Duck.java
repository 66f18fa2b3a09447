package dev.tideline.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;

/** DuckDB in this process, on two threads: the oracle, and what Tideline is compared with where a database will do. */
final class Duck implements AutoCloseable {
    private final Connection connection;

    private Duck(Connection connection) {
        this.connection = connection;
    }

    static Duck open() throws SQLException {
        Duck duck = new Duck(DriverManager.getConnection("jdbc:duckdb:"));
        duck.run("SET threads = 2");
        duck.run("SET memory_limit = '4GB'");
        duck.run("SET temp_directory = '" + System.getProperty("java.io.tmpdir") + "/tideline-bench-duckdb'");
        duck.run("SET TimeZone = 'UTC'");
        return duck;
    }

    void run(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row. */
    double number(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getDouble(1);
        }
    }

    /** All rows: values with a blank between them, a line each; times as epoch milliseconds. */
    String answer(String sql) throws SQLException {
        StringBuilder text = new StringBuilder();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            int columns = rows.getMetaData().getColumnCount();
            while (rows.next()) {
                for (int i = 1; i <= columns; i++) {
                    Object value = rows.getObject(i);
                    text.append(
                                    value instanceof OffsetDateTime t
                                            ? t.toInstant().toEpochMilli()
                                            : value)
                            .append(i < columns ? " " : "\n");
                }
            }
        }
        return text.toString();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
