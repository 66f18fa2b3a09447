package dev.tideline.notify;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** Gives a mail server that cannot do it STARTTLS: takes the greeting and the handshake, and passes on the rest. */
final class StartTls implements AutoCloseable {
    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final SSLContext context;
    private final int behind;

    private StartTls(ServerSocket server, SSLContext context, int behind) {
        this.server = server;
        this.context = context;
        this.behind = behind;
    }

    static StartTls inFrontOf(int port, SSLContext context) throws IOException {
        StartTls front = new StartTls(new ServerSocket(0, 10, InetAddress.getByName("localhost")), context, port);
        front.threads.execute(front::accept);
        return front;
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                threads.execute(() -> serve(client));
            }
        } catch (IOException e) {
            threads.shutdownNow(); // closed
        }
    }

    private void serve(Socket client) {
        try (client) {
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII), 1);
            say(client, "220 ready");
            lines.readLine();
            say(client, "250-hello\r\n250 STARTTLS");
            if (!"STARTTLS".equals(lines.readLine())) {
                return;
            }
            say(client, "220 go");
            try (SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(client, null, false);
                    Socket mail = new Socket(InetAddress.getByName("localhost"), behind)) {
                while (mail.getInputStream().read() != '\n') {
                    // its own greeting
                }
                threads.execute(() -> pass(tls, mail));
                pass(mail, tls);
            }
        } catch (IOException e) {
            // The client went away: it says why.
        }
    }

    private static void pass(Socket from, Socket to) {
        try (to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // Either side hung up.
        }
    }

    private static void say(Socket client, String line) throws IOException {
        client.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
