package dev.tideline.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.internet.MimeMessage;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mail to a server with a certificate of its own, for {@code localhost}. */
@Tag("lane-b")
class EmailChannelIT {
    private static final String STORE_PASSWORD = "changeit";

    @TempDir
    static Path dir;

    private static Path trust;
    private static SSLContext tls;

    private GreenMail mail;
    private StartTls front;

    @BeforeAll
    static void certificate() throws Exception {
        Path store = dir.resolve("mail.p12");
        keytool("-genkeypair -alias mail -keyalg RSA -dname CN=localhost -ext san=dns:localhost -validity 30", store);
        trust = dir.resolve("mail.pem");
        keytool("-exportcert -rfc -alias mail -file " + trust, store);
        System.setProperty("greenmail.tls.keystore.file", store.toString());
        System.setProperty("greenmail.tls.keystore.password", STORE_PASSWORD);
        System.setProperty("greenmail.tls.key.password", STORE_PASSWORD);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, STORE_PASSWORD.toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, STORE_PASSWORD.toCharArray());
        tls = SSLContext.getInstance("TLS");
        tls.init(factory.getKeyManagers(), null, null);
    }

    private static void keytool(String arguments, Path store) throws Exception {
        Process keytool = new ProcessBuilder(Stream.of(
                                List.of(Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString()),
                                List.of(arguments.split(" ")),
                                List.of("-keystore", store.toString(), "-storepass", STORE_PASSWORD))
                        .flatMap(List::stream)
                        .toList())
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).as(said).isZero();
    }

    @BeforeEach
    void start() throws Exception {
        mail = new GreenMail(new ServerSetup[] {
            new ServerSetup(0, "localhost", ServerSetup.PROTOCOL_SMTP),
            new ServerSetup(0, "localhost", ServerSetup.PROTOCOL_SMTPS)
        });
        mail.setUser("tideline@example.org", "tideline", "hunter2");
        mail.start();
        front = StartTls.inFrontOf(mail.getSmtp().getPort(), tls);
    }

    @AfterEach
    void stop() throws Exception {
        front.close();
        mail.stop();
    }

    private Email email(Email.Tls tls, String host, String password, Optional<Path> trusted) {
        int port = switch (tls) {
            case STARTTLS -> front.port();
            case IMPLICIT -> mail.getSmtps().getPort();
            case NONE -> mail.getSmtp().getPort();
        };
        return new Email(
                host,
                port,
                tls,
                Optional.of(new Email.Login("tideline", new Secret(password))),
                "tideline@example.org",
                List.of("a@example.org", "b@example.org"),
                trusted);
    }

    private Outcome send(Email email, Transition transition) throws InterruptedException {
        Channel channel = Transitions.channel("mail", email);
        return email.delivery(transition, HttpSender.of(channel, Clock.systemUTC()))
                .attempt();
    }

    private void assertReceived() throws Exception {
        assertThat(mail.getReceivedMessages()).hasSize(2).allSatisfy(message -> {
            assertThat(message.getSubject()).isEqualTo("[FIRING] CPU of db-1 is <above> 90 % & rising");
            assertThat(message.getHeader("X-Tideline-Key")).containsExactly("k1");
            assertThat(message.getMessageID()).isEqualTo("<k1/FIRING@tideline>");
            assertThat(String.valueOf(message.getContent()))
                    .contains("host: db-1", "value: 0.97", "since: 2026-03-01T10:00:00Z", "key: k1");
        });
    }

    @Test
    void arrivesByStartTls() throws Exception {
        assertThat(send(
                        email(Email.Tls.STARTTLS, "localhost", "hunter2", Optional.of(trust)),
                        Transitions.firing("k1")))
                .isEqualTo(Outcome.delivered());
        assertReceived();
    }

    @Test
    void arrivesByImplicitTlsAndAnswersWhatItResolves() throws Exception {
        Email email = email(Email.Tls.IMPLICIT, "localhost", "hunter2", Optional.of(trust));
        assertThat(send(email, Transitions.firing("k1"))).isEqualTo(Outcome.delivered());
        assertReceived();

        mail.purgeEmailFromAllMailboxes();
        assertThat(send(email, Transitions.resolved("k1"))).isEqualTo(Outcome.delivered());
        MimeMessage resolved = mail.getReceivedMessages()[0];
        assertThat(resolved.getSubject()).startsWith("[RESOLVED]");
        assertThat(resolved.getHeader("In-Reply-To")).containsExactly("<k1/FIRING@tideline>");
    }

    @Test
    void aWrongPasswordIsSaidAndNotQuoted() throws Exception {
        Outcome outcome =
                send(email(Email.Tls.IMPLICIT, "localhost", "wr0ng", Optional.of(trust)), Transitions.firing("k1"));
        assertThat(outcome)
                .isEqualTo(new Outcome.Refused("the mail server refuses user and password of localhost:"
                        + mail.getSmtps().getPort()));
        assertThat(mail.getReceivedMessages()).isEmpty();
    }

    @Test
    void aCertificateThatNobodyTrustsGetsNoMail() throws Exception {
        for (Email.Tls way : List.of(Email.Tls.STARTTLS, Email.Tls.IMPLICIT)) {
            Outcome outcome = send(email(way, "localhost", "hunter2", Optional.empty()), Transitions.firing("k1"));
            assertThat(outcome).isInstanceOf(Outcome.Failed.class);
            assertThat(outcome.toString()).contains("no TLS with localhost", "unable to find valid certification path");
        }
        assertThat(mail.getReceivedMessages()).isEmpty();
    }

    @Test
    void aCertificateForAnotherHostGetsNoMail() throws Exception {
        for (Email.Tls way : List.of(Email.Tls.STARTTLS, Email.Tls.IMPLICIT)) {
            Outcome outcome = send(email(way, "127.0.0.1", "hunter2", Optional.of(trust)), Transitions.firing("k1"));
            assertThat(outcome).isInstanceOf(Outcome.Failed.class);
            assertThat(outcome.toString()).contains("127.0.0.1");
        }
        assertThat(mail.getReceivedMessages()).isEmpty();
    }

    @Test
    void aServerWithoutStartTlsGetsNeitherPasswordNorMail() throws Exception {
        Email plain = email(Email.Tls.NONE, "localhost", "hunter2", Optional.empty());
        Email strict = new Email(
                plain.host(),
                plain.port(),
                Email.Tls.STARTTLS,
                plain.login(),
                plain.from(),
                plain.to(),
                Optional.of(trust));
        Outcome outcome = send(strict, Transitions.firing("k1"));
        assertThat(outcome).isInstanceOf(Outcome.Failed.class);
        assertThat(outcome.toString()).contains("STARTTLS is required");
        assertThat(mail.getReceivedMessages()).isEmpty();
    }
}
