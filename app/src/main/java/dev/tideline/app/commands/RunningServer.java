package dev.tideline.app.commands;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tideline.app.output.AnswerFormat;
import dev.tideline.app.output.Console;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.Causes;
import dev.tideline.serve.http.Queries;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A running {@code tideline serve}, which has a Spark session and knows the lake already.
 *
 * @param lake root of the lake that it must serve
 */
record RunningServer(URI http, String lake, Optional<String> token) {
    private static final int CONNECT_MILLIS = 1_000;
    /** Longer than a server lets a query take, unless it was told otherwise. */
    private static final int ANSWER_MILLIS = 60_000;

    /**
     * What {@code query} prints for {@code sql}; empty when the server does not say, which {@code console} is told.
     *
     * @throws CannotException when the server refuses the query
     */
    Optional<String> answer(String sql, AnswerFormat format, Console console) {
        String why;
        try {
            HttpURLConnection request = post(sql, format);
            int status = request.getResponseCode();
            if (!isOurLake(request.getHeaderField(Queries.LAKE)) && status != HttpURLConnection.HTTP_UNAUTHORIZED) {
                why = "it does not serve " + lake;
            } else if (status == HttpURLConnection.HTTP_OK) {
                return Optional.of(text(request.getInputStream()));
            } else if (status == HttpURLConnection.HTTP_BAD_REQUEST) {
                throw new CannotException(error(request));
            } else {
                why = status + " " + error(request);
            }
        } catch (IOException e) {
            why = Causes.line(e);
        }
        console.say("no answer from serve at " + http + ": " + why);
        return Optional.empty();
    }

    private HttpURLConnection post(String sql, AnswerFormat format) throws IOException {
        HttpURLConnection request = (HttpURLConnection)
                http.resolve("/v1/query?format=" + format).toURL().openConnection();
        request.setConnectTimeout(CONNECT_MILLIS);
        request.setReadTimeout(ANSWER_MILLIS);
        request.setInstanceFollowRedirects(false);
        request.setRequestMethod("POST");
        request.setDoOutput(true);
        request.setRequestProperty("Content-Type", "application/sql; charset=utf-8");
        token.ifPresent(t -> request.setRequestProperty("Authorization", "Bearer " + t));
        request.getOutputStream().write(sql.getBytes(StandardCharsets.UTF_8));
        return request;
    }

    /** What else may listen there says nothing of a lake. */
    private boolean isOurLake(String served) {
        return served != null && served.equals(lake.endsWith("/") ? lake.substring(0, lake.length() - 1) : lake);
    }

    private static String error(HttpURLConnection request) throws IOException {
        try (InputStream body = request.getErrorStream()) {
            return body == null
                    ? ""
                    : new ObjectMapper().readTree(body).path("error").asText();
        }
    }

    private static String text(InputStream body) throws IOException {
        try (body) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
