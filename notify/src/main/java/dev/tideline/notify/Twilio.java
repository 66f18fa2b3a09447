package dev.tideline.notify;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Text messages and calls by Twilio (https://www.twilio.com/docs/messaging/api/message-resource and
 * …/docs/voice/api/call-resource): a request for each recipient.
 */
record Twilio(Kind kind, URI url, String account, Secret token, String from, List<String> to) implements Receiver {
    private static final int LONGEST_TEXT = 1600;
    private static final int LONGEST_SPEECH = 1000;

    /** How the recipients learn of it. */
    enum Kind {
        SMS,
        PHONE
    }

    Twilio {
        to = List.copyOf(to);
    }

    @Override
    public Delivery delivery(Transition transition, HttpSender wire) {
        return new ToEach(to, recipient -> request(transition, recipient), wire);
    }

    private HttpRequest request(Transition transition, String recipient) {
        String resource = kind == Kind.SMS ? "Messages" : "Calls";
        String credentials =
                Base64.getEncoder().encodeToString((account + ":" + token.reveal()).getBytes(StandardCharsets.UTF_8));
        return HttpSender.post(
                        URI.create(url + "/2010-04-01/Accounts/" + account + "/" + resource + ".json"),
                        HttpSender.form(fields(transition, recipient)))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Authorization", "Basic " + credentials)
                .header("Idempotency-Key", HttpSender.header(transition.key() + "/" + transition.kind()))
                .build();
    }

    Map<String, String> fields(Transition transition, String recipient) {
        Map<String, String> fields = new TreeMap<>(Map.of("From", from, "To", recipient));
        if (kind == Kind.SMS) {
            fields.put("Body", MessageText.cut(MessageText.title(transition), LONGEST_TEXT));
        } else {
            String said = MessageText.cut(MessageText.title(transition), LONGEST_SPEECH);
            fields.put("Twiml", "<Response><Say>" + xml(said) + "</Say></Response>");
        }
        return fields;
    }

    private static String xml(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /** Remembers who has it: they are not texted again because another's number failed. */
    private static final class ToEach implements Delivery {
        private final List<String> to;
        private final Function<String, HttpRequest> request;
        private final HttpSender wire;
        private final Set<String> reached = new HashSet<>();

        ToEach(List<String> to, Function<String, HttpRequest> request, HttpSender wire) {
            this.to = to;
            this.request = request;
            this.wire = wire;
        }

        @Override
        public Outcome attempt() throws InterruptedException {
            List<String> refused = new ArrayList<>();
            Optional<Outcome> failed = Optional.empty();
            for (String recipient : to) {
                if (reached.contains(recipient)) {
                    continue;
                }
                Outcome outcome = wire.send(request.apply(recipient));
                if (outcome instanceof Outcome.Delivered) {
                    reached.add(recipient);
                } else if (outcome instanceof Outcome.Refused no) {
                    refused.add(recipient + ": " + no.reason());
                } else {
                    failed = Optional.of(outcome);
                }
            }
            String but = refused.isEmpty() ? "" : "refused for " + String.join(", ", refused);
            return failed.orElse(reached.isEmpty() ? new Outcome.Refused(but) : new Outcome.Delivered(but));
        }
    }
}
