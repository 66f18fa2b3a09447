package dev.tideline.notify;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** A server that answers as it is told, and keeps what it was sent. */
final class Peer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Queue<Answer> script = new ConcurrentLinkedQueue<>();
    private volatile Function<Request, Answer> always;
    final List<Request> requests = new CopyOnWriteArrayList<>();

    record Request(String path, Map<String, List<String>> headers, String body, int status) {
        Optional<String> header(String name) {
            return headers.entrySet().stream()
                    .filter(e -> e.getKey().equalsIgnoreCase(name))
                    .map(e -> e.getValue().get(0))
                    .findFirst();
        }
    }

    /** Status 0 closes the connection, -1 says nothing for ever. */
    record Answer(int status, Map<String, String> headers) {
        static final Answer CLOSES = of(0);
        static final Answer HANGS = of(-1);

        static Answer of(int status) {
            return new Answer(status, Map.of());
        }
    }

    private Peer(HttpServer server, int status) {
        this.server = server;
        this.always = request -> Answer.of(status);
    }

    /** One that answers {@code status} when it is told nothing else. */
    static Peer thatAnswers(int status) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            Peer peer = new Peer(server, status);
            server.createContext("/", peer::handle);
            server.setExecutor(peer.threads);
            server.start();
            return peer;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The next answers. */
    Peer first(Answer... answers) {
        script.addAll(List.of(answers));
        return this;
    }

    /** What it answers when the script has ended. */
    Peer always(Function<Request, Answer> answer) {
        always = answer;
        return this;
    }

    List<Request> answered(int status) {
        return requests.stream().filter(r -> r.status() == status).toList();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, List<String>> headers = Map.copyOf(exchange.getRequestHeaders());
        String path = exchange.getRequestURI().toString();
        Answer scripted = script.poll();
        Answer answer = scripted != null ? scripted : always.apply(new Request(path, headers, body, 0));
        requests.add(new Request(path, headers, body, answer.status()));
        if (answer.status() < 0) {
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (answer.status() > 0) {
            answer.headers().forEach(exchange.getResponseHeaders()::add);
            exchange.sendResponseHeaders(answer.status(), -1);
        }
        exchange.close();
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
