package dev.tideline.notify;

import dev.tideline.notify.Transition.Kind;
import jakarta.mail.Address;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;

/**
 * A mail server by SMTP. Its certificate has to be trusted and to be for its host name.
 *
 * @param trust file of PEM certificates that are trusted instead of the JVM's
 */
record Email(String host, int port, Tls tls, Optional<Login> login, String from, List<String> to, Optional<Path> trust)
        implements Receiver {
    /** Addresses that are what they seem: no names, comments or quotes. */
    static final String ADDRESS = "[^\\s@<>\"(),:;\\\\\\[\\]]+@[a-zA-Z0-9.-]+";

    /** How the connection is kept from being read. */
    enum Tls {
        STARTTLS,
        IMPLICIT,
        NONE
    }

    /** Who the mail server knows us as. */
    record Login(String user, Secret password) {}

    Email {
        to = List.copyOf(to);
    }

    @Override
    public Delivery delivery(Transition transition, HttpSender wire) {
        return new ByMail(transition, wire.timeout(), to);
    }

    private Properties properties(Duration timeout) {
        String millis = Long.toString(timeout.toMillis());
        Properties properties = new Properties();
        properties.put("mail.smtp.host", host);
        properties.put("mail.smtp.port", Integer.toString(port));
        properties.put("mail.smtp.connectiontimeout", millis);
        properties.put("mail.smtp.timeout", millis);
        properties.put("mail.smtp.writetimeout", millis);
        properties.put("mail.smtp.auth", Boolean.toString(login.isPresent()));
        properties.put("mail.smtp.sendpartial", "true");
        properties.put("mail.smtp.ssl.enable", Boolean.toString(tls == Tls.IMPLICIT));
        properties.put("mail.smtp.starttls.enable", Boolean.toString(tls == Tls.STARTTLS));
        properties.put("mail.smtp.starttls.required", Boolean.toString(tls == Tls.STARTTLS));
        properties.put("mail.smtp.ssl.checkserveridentity", "true");
        properties.put("mail.smtp.ssl.protocols", "TLSv1.3 TLSv1.2");
        trust.ifPresent(file -> properties.put("mail.smtp.ssl.socketFactory", trusting(file)));
        return properties;
    }

    /**
     * Sockets that trust the certificates of {@code file} only.
     *
     * @throws IllegalArgumentException when it holds none
     */
    static SSLSocketFactory trusting(Path file) {
        try (InputStream pem = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("ca-" + store.size(), certificate);
            }
            if (store.size() == 0) {
                throw new IllegalArgumentException("no certificate");
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("no file of PEM certificates: " + e.getMessage(), e);
        }
    }

    MimeMessage message(Session session, Transition transition) throws MessagingException {
        MimeMessage message = new Identified(session, id(transition, transition.kind()));
        message.setFrom(new InternetAddress(from));
        for (String recipient : to) {
            message.addRecipient(Message.RecipientType.TO, new InternetAddress(recipient));
        }
        message.setSubject(MessageText.title(transition), StandardCharsets.UTF_8.name());
        message.setSentDate(Date.from(transition.at()));
        message.setHeader("X-Tideline-Key", HttpSender.header(transition.key()));
        message.setHeader("Auto-Submitted", "auto-generated");
        if (transition.kind() == Kind.RESOLVED) {
            // Mail programs show it under what it resolves.
            message.setHeader("In-Reply-To", id(transition, Kind.FIRING));
            message.setHeader("References", id(transition, Kind.FIRING));
        }
        message.setText(MessageText.body(transition), StandardCharsets.UTF_8.name());
        return message;
    }

    private static String id(Transition transition, Kind kind) {
        // : is no character of an id's left side
        return "<" + HttpSender.header(transition.key() + "/" + kind).replace(":", "%3A") + "@tideline>";
    }

    /** A message whose id is not made up anew whenever it is sent. */
    private static final class Identified extends MimeMessage {
        private final String id;

        Identified(Session session, String id) {
            super(session);
            this.id = id;
        }

        @Override
        protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", id);
        }
    }

    /** Remembers whom the server has taken it for. */
    private final class ByMail implements Delivery {
        private final Transition transition;
        private final Duration timeout;
        private final List<String> left;
        private boolean reached;

        ByMail(Transition transition, Duration timeout, List<String> to) {
            this.transition = transition;
            this.timeout = timeout;
            this.left = new ArrayList<>(to);
        }

        @Override
        public Outcome attempt() {
            Session session = Session.getInstance(properties(timeout));
            try (Transport transport = session.getTransport("smtp")) {
                transport.connect(
                        login.map(Login::user).orElse(null),
                        login.map(l -> l.password().reveal()).orElse(null));
                MimeMessage message = message(session, transition);
                message.saveChanges();
                transport.sendMessage(message, InternetAddress.parse(String.join(",", left)));
                return Outcome.delivered();
            } catch (AuthenticationFailedException e) {
                return new Outcome.Refused("the mail server refuses user and password of " + host + ":" + port);
            } catch (SendFailedException e) {
                return partly(e);
            } catch (MessagingException e) {
                return Outcome.failed(reason(e));
            }
        }

        private Outcome partly(SendFailedException e) {
            List<String> sent = texts(e.getValidSentAddresses());
            List<String> later = texts(e.getValidUnsentAddresses());
            String invalid = String.join(", ", texts(e.getInvalidAddresses()));
            left.removeAll(sent);
            reached |= !sent.isEmpty();
            if (!later.isEmpty()) {
                return isPermanent(e)
                        ? new Outcome.Refused("the mail server refuses the message" + code(e))
                        : Outcome.failed("the mail server does not take the message yet" + code(e));
            }
            String but = "the mail server refuses " + invalid + code(e);
            return reached ? new Outcome.Delivered(but) : new Outcome.Refused(but);
        }

        private static boolean isPermanent(SendFailedException e) {
            return e instanceof SMTPSendFailedException s && s.getReturnCode() >= 500;
        }

        private static String code(SendFailedException e) {
            return e instanceof SMTPSendFailedException s ? " (" + s.getReturnCode() + ")" : "";
        }

        private static List<String> texts(Address[] addresses) {
            return addresses == null
                    ? List.of()
                    : Arrays.stream(addresses).map(Address::toString).toList();
        }

        private String reason(MessagingException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof SSLException || cause instanceof GeneralSecurityException) {
                    return "no TLS with %s:%d: %s (trust: names a file of CAs; the certificate is for which host?)"
                            .formatted(host, port, cause.getMessage());
                }
            }
            return "%s:%d: %s".formatted(host, port, MessageText.line(String.valueOf(e.getMessage())));
        }
    }
}
