package dev.tideline.embedded;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;

/**
 * A line to an S3 server, through the loopback interface, on which single requests are held, lost or refused. A rule is
 * asked at each request, before the server sees it; a rule that blocks holds the request.
 */
public final class FaultyLine implements AutoCloseable {
    /** What happens to one request. */
    public enum Fault {
        /** It passes. */
        NONE,
        /** The server never sees the request; the client's connection breaks. */
        LOSE_REQUEST,
        /** The server does what it was asked; then the client's connection breaks. */
        LOSE_ANSWER,
        /** The server does what it was asked; the client reads "500". */
        ANSWER_500,
        /** The server does what it was asked; the client reads the beginning of the answer ({@link #tearAfter}), then its connection breaks. */
        TEAR_ANSWER,
        /** The server does what it was asked; the answer comes seconds later. */
        DELAY_ANSWER,
        /** The server never sees the request, and the client no answer: it hangs up when it has waited long enough. */
        HANG,
        /** The server never sees the request; the client reads "503", as S3 answers when there are too many. */
        REFUSE_503,
        /** The server never sees the request; the client reads "403". */
        REFUSE_403,
        /** The server never sees the request; the client reads "409", as S3 answers in a race. */
        REFUSE_409
    }

    private static final long DELAY_MILLIS = 1_500;

    private final ServerSocket entrance;
    private final URI server;
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "faulty-line");
        thread.setDaemon(true);
        return thread;
    });
    private volatile Function<String, Fault> rule = request -> Fault.NONE;
    private volatile IntUnaryOperator torn = length -> length / 2;

    private FaultyLine(ServerSocket entrance, URI server) {
        this.entrance = entrance;
        this.server = server;
    }

    /** Opens a line to the server at {@code endpoint}, such as {@code http://127.0.0.1:9000}. */
    public static FaultyLine to(String endpoint) {
        try {
            FaultyLine line =
                    new FaultyLine(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), URI.create(endpoint));
            line.threads.execute(line::accept);
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where clients find this line. */
    public String endpoint() {
        return "http://127.0.0.1:" + entrance.getLocalPort();
    }

    /** From now on: what happens to a request, given its first line, such as {@code PUT /bucket/key HTTP/1.1}. */
    public void rule(Function<String, Fault> newRule) {
        rule = newRule;
    }

    /** From now on a torn answer has so many bytes, fewer than it had. */
    public void tearAfter(int bytes) {
        torn = length -> Math.min(bytes, length - 1);
    }

    /** The first lines of all requests so far. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        for (Socket socket : sockets) {
            socket.close();
        }
        threads.shutdownNow();
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Socket client = entrance.accept();
                Socket upstream = new Socket(server.getHost(), server.getPort());
                client.setTcpNoDelay(true);
                upstream.setTcpNoDelay(true);
                sockets.add(client);
                sockets.add(upstream);
                Connection connection = new Connection(client, upstream);
                threads.execute(connection::forwardRequests);
                threads.execute(connection::forwardAnswers);
            } catch (IOException closed) {
                return;
            }
        }
    }

    private final class Connection {
        private final Socket client;
        private final Socket upstream;
        private volatile Fault fault = Fault.NONE;

        Connection(Socket client, Socket upstream) {
            this.client = client;
            this.upstream = upstream;
        }

        void forwardRequests() {
            try (client;
                    upstream) {
                InputStream in = new BufferedInputStream(client.getInputStream());
                OutputStream out = upstream.getOutputStream();
                for (String head = head(in); !head.isEmpty(); head = head(in)) {
                    String request = head.substring(0, head.indexOf('\r'));
                    requests.add(request);
                    fault = rule.apply(request);
                    if (fault == Fault.LOSE_REQUEST) {
                        return;
                    }
                    if (fault == Fault.HANG) {
                        in.transferTo(OutputStream.nullOutputStream());
                        return;
                    }
                    if (fault == Fault.REFUSE_503) {
                        answer("503 Slow Down", "SlowDown");
                        return;
                    }
                    if (fault == Fault.REFUSE_403) {
                        answer("403 Forbidden", "AccessDenied");
                        return;
                    }
                    if (fault == Fault.REFUSE_409) {
                        answer("409 Conflict", "ConditionalRequestConflict");
                        return;
                    }
                    out.write(head.getBytes(StandardCharsets.ISO_8859_1));
                    out.flush();
                    copy(in, out, contentLength(head));
                }
            } catch (IOException broken) {
                // Either side may hang up; closing both is the answer.
            }
        }

        void forwardAnswers() {
            try (client;
                    upstream) {
                InputStream in = upstream.getInputStream();
                OutputStream out = client.getOutputStream();
                byte[] buffer = new byte[8192];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    boolean goOn = new String(buffer, 0, read, StandardCharsets.ISO_8859_1).startsWith("HTTP/1.1 100");
                    if (fault == Fault.LOSE_ANSWER && !goOn) {
                        return;
                    }
                    if (fault == Fault.ANSWER_500 && !goOn) {
                        answer("500 Internal Server Error", "InternalError");
                        return;
                    }
                    if (fault == Fault.TEAR_ANSWER && !goOn) {
                        out.write(buffer, 0, torn.applyAsInt(read));
                        return;
                    }
                    if (fault == Fault.DELAY_ANSWER && !goOn) {
                        fault = Fault.NONE;
                        TimeUnit.MILLISECONDS.sleep(DELAY_MILLIS);
                    }
                    out.write(buffer, 0, read);
                    out.flush();
                }
            } catch (IOException broken) {
                // As above.
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
            }
        }

        private void answer(String status, String code) throws IOException {
            String body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>%s</Code></Error>".formatted(code);
            String head =
                    "HTTP/1.1 %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                            .formatted(status, body.length());
            client.getOutputStream().write((head + body).getBytes(StandardCharsets.ISO_8859_1));
            client.getOutputStream().flush();
            client.shutdownOutput();
            // The client may still be sending; a close with unread bytes would reset the connection under its feet.
            client.setSoTimeout(1_000);
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
        }
    }

    /** Up to and with the empty line; empty at the end of the stream. */
    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int ended = 0;
        while (ended < 4) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.write(next);
            ended = next == (ended % 2 == 0 ? '\r' : '\n') ? ended + 1 : 0;
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static long contentLength(String head) {
        return head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
                .mapToLong(line ->
                        Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
                .findFirst()
                .orElse(0);
    }

    private static void copy(InputStream in, OutputStream out, long length) throws IOException {
        byte[] buffer = new byte[8192];
        for (long left = length; left > 0; ) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                throw new IOException("the client hung up inside a body");
            }
            out.write(buffer, 0, read);
            out.flush();
            left -= read;
        }
    }
}
