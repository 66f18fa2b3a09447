package dev.tideline.fuzz;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * JSON as RFC 8259 has it, in plain Java, which shares nothing with the product's decoder: one value of UTF-8 text, a byte order
 * mark before it allowed, and nothing after it. Objects keep every member, in order.
 */
final class StrictJson {
    /** Text that is not one JSON value, or one beyond the limits that the product sets. */
    static final class NotJson extends Exception {
        private static final long serialVersionUID = 1L;

        NotJson(String why) {
            super(why, null, false, false);
        }
    }

    record Member(String name, Object value) {}

    record Members(List<Member> all) {}

    /** A number as it stands. */
    record Numeral(String text, boolean integer) {}

    enum Literal {
        TRUE,
        FALSE,
        NULL
    }

    private static final int DEEPEST = 1_000;
    private static final int LONGEST_NAME = 50_000;
    private static final int MOST_DIGITS = 1_000;

    private final String text;
    private int at;
    private int depth;

    private StrictJson(String text) {
        this.text = text;
    }

    /** A {@link Members}, a List, a String, a {@link Numeral} or a {@link Literal}. */
    static Object parse(byte[] payload) throws NotJson {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(payload))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new NotJson("not UTF-8");
        }
        StrictJson json = new StrictJson(text.startsWith("\ufeff") ? text.substring(1) : text);
        Object value = json.value();
        json.blank();
        if (json.at != json.text.length()) {
            throw new NotJson("text after the value");
        }
        return value;
    }

    private Object value() throws NotJson {
        blank();
        char c = next();
        at--;
        return switch (c) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> literal("true", Literal.TRUE);
            case 'f' -> literal("false", Literal.FALSE);
            case 'n' -> literal("null", Literal.NULL);
            default -> number();
        };
    }

    private Members object() throws NotJson {
        deeper();
        at++;
        List<Member> members = new ArrayList<>();
        blank();
        if (!take('}')) {
            do {
                blank();
                String name = string();
                if (name.codePoints().anyMatch(c -> 0xd800 <= c && c <= 0xdfff)) {
                    throw new NotJson("half of a character in a name");
                }
                if (name.length() > LONGEST_NAME) {
                    throw new NotJson("a long name");
                }
                blank();
                require(':');
                members.add(new Member(name, value()));
                blank();
            } while (take(','));
            require('}');
        }
        depth--;
        return new Members(members);
    }

    private List<Object> array() throws NotJson {
        deeper();
        at++;
        List<Object> elements = new ArrayList<>();
        blank();
        if (!take(']')) {
            do {
                elements.add(value());
                blank();
            } while (take(','));
            require(']');
        }
        depth--;
        return elements;
    }

    private void deeper() throws NotJson {
        if (++depth > DEEPEST) {
            throw new NotJson("too deep");
        }
    }

    private String string() throws NotJson {
        require('"');
        StringBuilder string = new StringBuilder();
        for (char c = next(); c != '"'; c = next()) {
            if (c < 0x20) {
                throw new NotJson("a control character");
            }
            string.append(c == '\\' ? escaped() : c);
        }
        return string.toString();
    }

    private char escaped() throws NotJson {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    char hex = next();
                    int digit = hex < 0x80 ? Character.digit(hex, 16) : -1;
                    if (digit < 0) {
                        throw new NotJson("no hexadecimal digit");
                    }
                    code = code * 16 + digit;
                }
                yield (char) code;
            }
            default -> throw new NotJson("an unknown escape");
        };
    }

    private Literal literal(String word, Literal literal) throws NotJson {
        if (!text.startsWith(word, at)) {
            throw new NotJson("an unknown word");
        }
        at += word.length();
        if (at < text.length() && Character.isJavaIdentifierPart(text.charAt(at))) {
            throw new NotJson("an unknown word");
        }
        return literal;
    }

    private Numeral number() throws NotJson {
        int from = at;
        take('-');
        int digits = 1;
        if (!take('0')) {
            digits = digits();
        }
        boolean integer = true;
        if (take('.')) {
            integer = false;
            digits += digits();
        }
        if (take('e') || take('E')) {
            integer = false;
            if (!take('+')) {
                take('-');
            }
            digits += digits();
        }
        if (digits > MOST_DIGITS) {
            throw new NotJson("a long number");
        }
        return new Numeral(text.substring(from, at), integer);
    }

    private int digits() throws NotJson {
        int from = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == from) {
            throw new NotJson("no digit");
        }
        return at - from;
    }

    private void blank() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean take(char c) {
        boolean there = at < text.length() && text.charAt(at) == c;
        if (there) {
            at++;
        }
        return there;
    }

    private void require(char c) throws NotJson {
        if (!take(c)) {
            throw new NotJson("no " + c);
        }
    }

    private char next() throws NotJson {
        if (at == text.length()) {
            throw new NotJson("it ends");
        }
        return text.charAt(at++);
    }
}
