package org.apache.hive.service.cli.session;

/** Sets a property as Hive's session does, from a class of its package: the server's own is in no repository. */
public final class Variables {
    private Variables() {}

    /** For a connection that has {@code set:system:name=value} in its URL. */
    public static void setVariable(String name, String value) {
        System.setProperty(name, value);
    }
}
