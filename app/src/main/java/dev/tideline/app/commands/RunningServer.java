package dev.tideline.app.commands;

import dev.tideline.app.config.Config;
import dev.tideline.app.output.AnswerFormat;
import dev.tideline.app.output.Console;
import dev.tideline.operations.FeedHealth;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import dev.tideline.serve.Json;
import dev.tideline.serve.http.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A running {@code tideline serve}, which has clients, a Spark session and the lake at hand already. Where it has no answer
 * {@code console} is told why, and the command reads the lake itself.
 */
final class RunningServer {
    private static final Duration CONNECT = Duration.ofSeconds(1);
    /** Longer than a server lets a query take, unless it was told otherwise. */
    private static final Duration QUERY = Duration.ofSeconds(60);
    /** As long as a command takes by itself. */
    private static final Duration STATUS = Duration.ofSeconds(3);
    /** More than any answer has that it gives. */
    private static final int MOST_BYTES = 32 * 1024 * 1024;

    private final URI http;
    private final String lake;
    private final Optional<String> token;
    private final Console console;

    private RunningServer(URI http, String lake, Optional<String> token, Console console) {
        this.http = http;
        this.lake = lake.endsWith("/") ? lake.substring(0, lake.length() - 1) : lake;
        this.token = token;
        this.console = console;
    }

    /** The one that {@code config} names; it answers if it serves the same lake. */
    static Optional<RunningServer> of(Config config, Console console) {
        return config.serveHttp()
                .map(http ->
                        new RunningServer(http, config.lake(), ServeOptions.token(console.environment()), console));
    }

    /**
     * What {@code query} prints for {@code sql}.
     *
     * @throws CannotException when the server refuses the query
     */
    Optional<String> query(String sql, AnswerFormat format) {
        Answer answer = answer("/v1/query?format=" + format, QUERY, request -> {
            request.setRequestMethod("POST");
            request.setDoOutput(true);
            request.setRequestProperty("Content-Type", "application/sql; charset=utf-8");
            request.getOutputStream().write(sql.getBytes(StandardCharsets.UTF_8));
        });
        if (answer.refused().isPresent()) {
            throw new CannotException(answer.refused().get());
        }
        return answer.text();
    }

    /** The health of every feed that the lake knows. */
    Optional<List<FeedHealth>> status() {
        Answer answer = answer("/v1/status", STATUS, request -> {});
        answer.refused().ifPresent(this::say);
        try {
            return answer.text().isEmpty()
                    ? Optional.empty()
                    : Optional.of(Json.list(answer.text().get(), "feeds", FeedHealth.class));
        } catch (IOException | RuntimeException e) {
            say(Causes.line(e));
            return Optional.empty();
        }
    }

    /**
     * What came back.
     *
     * @param text empty when there was no answer
     * @param refused why the server cannot do what it was asked
     */
    private record Answer(Optional<String> text, Optional<String> refused) {}

    /** Completes a request that is about to be sent. */
    private interface Request {
        void complete(HttpURLConnection request) throws IOException;
    }

    private Answer answer(String path, Duration most, Request asked) {
        try {
            HttpURLConnection request =
                    (HttpURLConnection) http.resolve(path).toURL().openConnection();
            request.setConnectTimeout((int) CONNECT.toMillis());
            request.setReadTimeout((int) most.toMillis());
            request.setInstanceFollowRedirects(false);
            token.ifPresent(t -> request.setRequestProperty("Authorization", "Bearer " + t));
            asked.complete(request);
            int status = request.getResponseCode();
            if (status != HttpURLConnection.HTTP_UNAUTHORIZED
                    // What else may listen there says nothing of a lake.
                    && !lake.equals(request.getHeaderField(HttpServer.LAKE))) {
                return noAnswer("it does not serve " + lake);
            }
            return switch (status) {
                case HttpURLConnection.HTTP_OK ->
                    new Answer(Optional.of(text(request.getInputStream())), Optional.empty());
                case HttpURLConnection.HTTP_BAD_REQUEST -> new Answer(Optional.empty(), Optional.of(error(request)));
                default -> noAnswer(status + " " + error(request));
            };
        } catch (IOException e) {
            return noAnswer(Causes.line(e));
        }
    }

    private Answer noAnswer(String why) {
        say(why);
        return new Answer(Optional.empty(), Optional.empty());
    }

    private void say(String why) {
        console.say("no answer from serve at " + http + ": " + why);
    }

    private static String error(HttpURLConnection request) throws IOException {
        InputStream body = request.getErrorStream();
        return body == null ? "" : Json.text(text(body), "error");
    }

    private static String text(InputStream body) throws IOException {
        try (body) {
            byte[] bytes = body.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new IOException("the answer is longer than " + MOST_BYTES / 1024 / 1024 + " MB");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
