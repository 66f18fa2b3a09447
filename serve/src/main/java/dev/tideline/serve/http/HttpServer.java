package dev.tideline.serve.http;

import dev.tideline.lake.Lake;
import dev.tideline.operations.FeedHealth;
import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.LostRace;
import dev.tideline.protocol.NotFound;
import dev.tideline.protocol.NotYetWritten;
import dev.tideline.protocol.Unreachable;
import dev.tideline.serve.Json;
import dev.tideline.serve.Tokens;
import dev.tideline.serving.Access;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.io.AsyncReceiverImpl;
import io.undertow.io.Receiver;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RequestTooBigException;
import io.undertow.server.RoutingHandler;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.handlers.RequestLimitingHandler;
import io.undertow.server.handlers.resource.ClassPathResourceManager;
import io.undertow.util.AttachmentKey;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.PathTemplateMatch;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.XnioExecutor;

/** The HTTP API and its page: a few requests at a time, each for so long, the others in a queue that has an end. */
public final class HttpServer implements AutoCloseable {
    /** The response header that names the lake's root. */
    public static final String LAKE = "Tideline-Lake";

    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

    private static final int AT_ONCE = 4;
    private static final int WAITING = 64;
    private static final int RETRY_AFTER_SECONDS = 5;
    /** How long a client may take to send a request, or to take an answer. */
    private static final int SLOWEST_MILLIS = 30_000;

    private static final AttachmentKey<byte[]> BODY = AttachmentKey.create(byte[].class);
    private static final AttachmentKey<Access> ACCESS = AttachmentKey.create(Access.class);
    private static final long MOST_SQL = 64 * 1024L;
    private static final Map<String, String> TYPES =
            Map.of("table", "text/plain", "csv", "text/csv", "json", "application/x-ndjson");
    private static final Pattern THIS_MACHINE = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]");
    private static final Set<String> PERIOD = Set.of("from", "to", "filter");

    private final Undertow undertow;
    private final boolean ofThisMachine;
    private final String lake;
    private final Api api;
    private final Bounded bounded;
    private final Tokens tokens;

    /**
     * Starts it.
     *
     * @param kafka settings for Kafka clients, by which answers know how complete they are; may be without a broker
     * @param tokens what a request must bring as {@code Authorization: Bearer …}, and what it may see then
     * @param status what {@code /v1/status} answers, one object a feed
     * @param queries what answers {@code POST /v1/query}
     * @param most how long a query may take
     * @throws CannotException when the address cannot be bound
     */
    public static HttpServer start(
            InetSocketAddress address,
            Lake lake,
            Map<String, String> kafka,
            Tokens tokens,
            Supplier<List<FeedHealth>> status,
            Queries queries,
            Duration most) {
        Bounded bounded = new Bounded(lake.spark().sparkContext(), most);
        HttpServer server =
                new HttpServer(address, lake.root(), new Api(lake, kafka), bounded, tokens, status, queries);
        try {
            server.undertow.start();
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw new CannotException(
                    "Cannot listen on " + address.getHostString() + ":" + address.getPort() + " for HTTP: "
                            + (e.getCause() == null
                                    ? e.getMessage()
                                    : e.getCause().getMessage()),
                    e);
        }
    }

    private HttpServer(
            InetSocketAddress address,
            String lake,
            Api api,
            Bounded bounded,
            Tokens tokens,
            Supplier<List<FeedHealth>> status,
            Queries queries) {
        this.ofThisMachine =
                address.getAddress() != null && address.getAddress().isLoopbackAddress();
        this.lake = lake;
        this.api = api;
        this.bounded = bounded;
        this.tokens = tokens;
        RoutingHandler routes = Handlers.routing()
                .get("/v1/ads/top", answer(Set.of("count", "window", "filter"), api::topAds))
                .get("/v1/ads/{ad_id}/clicks", answer(and(PERIOD, "step"), api::clicks))
                .get("/v1/metrics/{metric}", answer(and(PERIOD, "step", "by", "stat"), api::metric))
                .get("/v1/rollups", answer(Set.of(), (asked, access) -> api.rollups(access)))
                .get("/v1/rollups/{rollup}", answer(and(PERIOD, "step", "by"), api::rollup))
                .get("/v1/status", answer(Set.of(), (asked, access) -> status(status.get(), access)))
                .post("/v1/query", query(queries));
        routes.setFallbackHandler(exchange -> refuse(
                exchange, StatusCodes.NOT_FOUND, "Cannot answer: there is no such path (/ lists what there is)"));
        routes.setInvalidMethodHandler(exchange -> refuse(
                exchange,
                StatusCodes.METHOD_NOT_ALLOWED,
                "Cannot answer: only GET is answered, and POST of /v1/query"));
        HttpHandler limited = allowed(read(new BlockingHandler(new RequestLimitingHandler(AT_ONCE, WAITING, routes))));
        HttpHandler pages = Handlers.path(limited)
                .addExactPath("/", page("index.html", "text/html; charset=utf-8"))
                .addExactPath("/page.js", page("page.js", "text/javascript"))
                .addExactPath("/openapi.yaml", page("openapi.yaml", "application/yaml"))
                .addPrefixPath(
                        "/swagger-ui",
                        Handlers.resource(new ClassPathResourceManager(
                                HttpServer.class.getClassLoader(), "META-INF/resources/webjars/swagger-ui")));
        this.undertow = Undertow.builder()
                .addHttpListener(address.getPort(), address.getHostString())
                .setIoThreads(2)
                .setWorkerThreads(AT_ONCE + WAITING)
                .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, MOST_SQL)
                .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, 60_000)
                .setServerOption(UndertowOptions.REQUEST_PARSE_TIMEOUT, SLOWEST_MILLIS)
                .setHandler(exchange -> {
                    exchange.getResponseHeaders().put(new HttpString("X-Content-Type-Options"), "nosniff");
                    if (isMeant(exchange)) {
                        pages.handleRequest(exchange);
                    } else {
                        refuse(
                                exchange,
                                StatusCodes.FORBIDDEN,
                                "Cannot answer: Host is " + Parameters.shown(exchange.getHostName())
                                        + " (127.0.0.1 or localhost; any other with a token)");
                    }
                })
                .build();
    }

    /** The port it listens on, which may have been left to the system. */
    public int port() {
        return ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
    }

    private static Set<String> and(Set<String> some, String... more) {
        Set<String> all = new HashSet<>(some);
        all.addAll(List.of(more));
        return all;
    }

    /** What an endpoint does. */
    private interface Endpoint {
        Object answer(Parameters asked, Access access) throws Exception;
    }

    private HttpHandler answer(Set<String> known, Endpoint endpoint) {
        return guarded(exchange -> {
            Map<String, String> path =
                    exchange.getAttachment(PathTemplateMatch.ATTACHMENT_KEY).getParameters();
            Access access = exchange.getAttachment(ACCESS);
            Parameters asked = new Parameters(path, withoutPath(exchange, path), known);
            send(exchange, StatusCodes.OK, bounded.run(() -> endpoint.answer(asked, access)));
        });
    }

    /** The rows as text, which every client prints as it is. */
    private HttpHandler query(Queries queries) {
        return guarded(exchange -> {
            Parameters asked = new Parameters(Map.of(), exchange.getQueryParameters(), Set.of("format"));
            String format = asked.text("format").orElse("json");
            if (!TYPES.containsKey(format)) {
                throw new CannotException(
                        "Cannot read format=" + Parameters.shown(format) + ": it takes table, csv or json");
            }
            String sql = new String(exchange.getAttachment(BODY), StandardCharsets.UTF_8);
            Access access = exchange.getAttachment(ACCESS);
            String answer = bounded.run(() -> {
                LimitedText text = new LimitedText();
                try (PrintWriter out = new PrintWriter(text)) {
                    queries.answer(sql, format, access, out);
                }
                return text.toString();
            });
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, TYPES.get(format) + "; charset=utf-8");
            exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
            closeUnless(exchange, exchange::isComplete);
            exchange.getResponseSender().send(answer, StandardCharsets.UTF_8);
        });
    }

    /** A page of another host, whose name was made to mean this machine, sends its own name; any other page says where it is from. */
    private boolean isMeant(HttpServerExchange exchange) {
        String origin = exchange.getRequestHeaders().getFirst(Headers.ORIGIN);
        boolean own = origin == null || origin.replaceFirst("^https?://", "").equals(exchange.getHostAndPort());
        return tokens.areAsked()
                || !ofThisMachine
                || (own && THIS_MACHINE.matcher(exchange.getHostName()).matches());
    }

    /** Before anything else of a request is read, and before it waits for a place. */
    private HttpHandler allowed(HttpHandler next) {
        return exchange -> {
            Optional<Access> access = tokens.access(exchange.getRequestHeaders().getFirst(Headers.AUTHORIZATION));
            if (access.isPresent()) {
                exchange.putAttachment(ACCESS, access.get());
                next.handleRequest(exchange);
                return;
            }
            exchange.setPersistent(false); // what is left of the request is not read
            exchange.getResponseHeaders().put(Headers.WWW_AUTHENTICATE, "Bearer");
            refuse(
                    exchange,
                    StatusCodes.UNAUTHORIZED,
                    "Cannot answer: the token is missing or wrong (Authorization: Bearer <token>)");
        };
    }

    /** The whole request, by no thread of its own: a client that sends slowly has none of the few places meanwhile. */
    private static HttpHandler read(HttpHandler next) {
        return exchange -> {
            closeUnless(exchange, () -> exchange.getAttachment(BODY) != null);
            AsyncReceiverImpl receiver = (AsyncReceiverImpl) exchange.getRequestReceiver();
            receiver.setMaxBufferSize((int) MOST_SQL);
            receiver.receiveFullBytes(
                    (received, body) -> {
                        received.putAttachment(BODY, body);
                        received.dispatch(next);
                    },
                    (failed, e) -> {
                        failed.setPersistent(false);
                        boolean tooLong =
                                e instanceof Receiver.RequestToLargeException || e instanceof RequestTooBigException;
                        failed.setStatusCode(tooLong ? StatusCodes.REQUEST_ENTITY_TOO_LARGE : StatusCodes.BAD_REQUEST);
                        failed.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
                        failed.getResponseSender()
                                .send("{\"error\":\"Cannot read the query: "
                                        + (tooLong
                                                ? "it is longer than " + MOST_SQL / 1024 + " KB"
                                                : "it did not arrive")
                                        + "\"}");
                    });
        };
    }

    /** A limit by the socket's own options would count the time that an answer takes, too. */
    private static void closeUnless(HttpServerExchange exchange, BooleanSupplier done) {
        XnioExecutor.Key alarm = exchange.getIoThread()
                .executeAfter(
                        () -> {
                            if (!done.getAsBoolean()) {
                                IoUtils.safeClose(exchange.getConnection());
                            }
                        },
                        SLOWEST_MILLIS,
                        TimeUnit.MILLISECONDS);
        exchange.addExchangeCompleteListener((ended, next) -> {
            alarm.remove();
            next.proceed();
        });
    }

    private HttpHandler guarded(HttpHandler endpoint) {
        return exchange -> {
            exchange.getResponseHeaders().put(new HttpString(LAKE), lake);
            try {
                endpoint.handleRequest(exchange);
            } catch (CannotException e) {
                refuse(exchange, e);
            } catch (Queries.NotServed e) {
                refuse(exchange, StatusCodes.UNPROCESSABLE_ENTITY, e.getMessage());
            } catch (TimeoutException e) {
                refuse(
                        exchange,
                        StatusCodes.GATEWAY_TIME_OUT,
                        "Cannot answer within " + bounded.most().toSeconds() + " s (a shorter period, or a filter)");
            } catch (Exception e) {
                Optional<Unreachable> unreachable = Unreachable.in(e, "the lake's store");
                if (unreachable.isPresent()) {
                    refuse(exchange, unreachable.get());
                } else {
                    LOG.error("{} failed", exchange.getRequestPath(), e);
                    refuse(exchange, StatusCodes.INTERNAL_SERVER_ERROR, "failed: the server's log says why");
                }
            }
        };
    }

    /** Undertow puts the path's values among the query's. */
    private static Map<String, Deque<String>> withoutPath(HttpServerExchange exchange, Map<String, String> path) {
        Map<String, Deque<String>> query = new LinkedHashMap<>();
        exchange.getQueryParameters().forEach((name, values) -> {
            Deque<String> sent = new ArrayDeque<>(values);
            if (path.containsKey(name)) {
                sent.removeLastOccurrence(path.get(name));
            }
            if (!sent.isEmpty()) {
                query.put(name, sent);
            }
        });
        return query;
    }

    private static Map<String, Object> status(List<FeedHealth> feeds, Access access) {
        return Map.of(
                "feeds", feeds.stream().filter(feed -> access.sees(feed.feed())).toList());
    }

    private static void refuse(HttpServerExchange exchange, CannotException refusal) throws IOException {
        if (refusal instanceof Unreachable) {
            exchange.getResponseHeaders().put(Headers.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        refuse(exchange, status(refusal), refusal.getMessage());
    }

    static int status(CannotException refusal) {
        if (refusal instanceof Unreachable) {
            return StatusCodes.SERVICE_UNAVAILABLE;
        }
        if (refusal instanceof NotFound || refusal instanceof NotYetWritten) {
            return StatusCodes.NOT_FOUND;
        }
        return refusal instanceof LostRace ? StatusCodes.CONFLICT : StatusCodes.BAD_REQUEST;
    }

    private static void refuse(HttpServerExchange exchange, int code, String why) throws IOException {
        send(exchange, code, Map.of("error", why));
    }

    private static void send(HttpServerExchange exchange, int code, Object answer) throws IOException {
        exchange.setStatusCode(code);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
        exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
        closeUnless(exchange, exchange::isComplete);
        exchange.getResponseSender().send(Json.of(answer));
    }

    private static HttpHandler page(String name, String type) {
        String text = text(name);
        return exchange -> {
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, type);
            exchange.getResponseHeaders()
                    .put(
                            new HttpString("Content-Security-Policy"),
                            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:");
            exchange.getResponseSender().send(text);
        };
    }

    private static String text(String name) {
        try (InputStream in = HttpServer.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        undertow.stop();
        bounded.close();
        api.close();
    }
}
