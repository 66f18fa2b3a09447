package dev.tideline.notify;

/** A password, token or key: printed as asterisks wherever it goes, and told only to the server that it is for. */
final class Secret {
    private final String value;

    Secret(String value) {
        this.value = value;
    }

    String reveal() {
        return value;
    }

    @Override
    public String toString() {
        return "***";
    }
}
