package dev.tideline.quickstart;

import dev.tideline.app.Tideline;

/** {@code bin/tideline}: the commands of the cluster's jar, and those that bring their own Kafka and S3. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Tideline.main(args, commands());
    }

    /** The commands that this module adds. */
    public static Class<?>[] commands() {
        return new Class<?>[] {QuickstartCommand.class, DevCommand.class};
    }
}
