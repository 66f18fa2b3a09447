package dev.tideline.notify;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * What a channel sends by. Redirects are not followed: the credentials of a request are for the host that the file names.
 *
 * @param channel its name
 * @param timeout of one request
 */
record HttpSender(String channel, Duration timeout, HttpClient client, Clock clock) {
    static HttpSender of(Channel channel, Clock clock) {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(channel.timeout())
                .build();
        return new HttpSender(channel.name(), channel.timeout(), client, clock);
    }

    /** A request with a JSON body. */
    static HttpRequest.Builder json(URI url, String body) {
        return post(url, body).header("Content-Type", "application/json");
    }

    static HttpRequest.Builder post(URI url, String body) {
        return HttpRequest.newBuilder(url).POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8));
    }

    /** Sends it and judges the answer, which has to be complete within the timeout. */
    Outcome send(HttpRequest request) throws InterruptedException {
        CompletableFuture<HttpResponse<Void>> response = client.sendAsync(request, BodyHandlers.discarding());
        try {
            return judge(response.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            response.cancel(true);
            return Outcome.failed("no answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            return Outcome.failed(reason(e.getCause()));
        }
    }

    private static String reason(Throwable cause) {
        if (cause instanceof ConnectException) {
            return "cannot connect";
        }
        // The message of anything else may quote the request.
        return cause instanceof IOException
                ? cause.getClass().getSimpleName() + ": " + cause.getMessage()
                : cause.getClass().getSimpleName();
    }

    private Outcome judge(HttpResponse<Void> response) {
        int status = response.statusCode();
        String reason = "HTTP " + status;
        if (status >= 200 && status < 300) {
            return Outcome.delivered();
        }
        if (status >= 500 || status == 408 || status == 425 || status == 429) {
            return new Outcome.Failed(
                    reason, response.headers().firstValue("Retry-After").flatMap(this::retryAfter));
        }
        return new Outcome.Refused(status < 400 ? reason + ": redirects are not followed" : reason);
    }

    /** RFC 9110, 10.2.3: seconds or an HTTP date. */
    private Optional<Duration> retryAfter(String value) {
        return retryAfter(value.trim(), clock.instant());
    }

    static Optional<Duration> retryAfter(String value, Instant now) {
        if (value.matches("\\d{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        }
        try {
            Instant then = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return Optional.of(Duration.between(now, then)).filter(wait -> !wait.isNegative());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** {@code text} as part of a header: what is not plain ASCII is percent-encoded, and so can end no line. */
    static String header(String text) {
        StringBuilder header = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain = (c >= '0' && c <= '9')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= 'a' && c <= 'z')
                    || "-_.~/+=#:".indexOf(c) >= 0;
            header.append(plain ? String.valueOf(c) : "%%%02X".formatted((int) c));
        }
        return header.toString();
    }

    /** A form, as browsers send it. */
    static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }
}
