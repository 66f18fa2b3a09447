package dev.tideline.documents;

/** A text is no single YAML document; the message says in a line where and why. */
public final class YamlException extends Exception {
    private static final long serialVersionUID = 1L;

    YamlException(String message, Throwable cause) {
        super(message, cause);
    }
}
