package dev.tideline.serve;

import dev.tideline.protocol.CannotException;
import java.util.Properties;

/**
 * Java's properties, which a client of Hive's server can set by its connection ({@code set:system:…}): those of the whole process,
 * where other clients' passwords are sent to among them. These refuse it.
 */
final class GuardedProperties extends Properties {
    private static final long serialVersionUID = 1L;
    private static final String CLIENTS = "org.apache.hive.service.cli.session.";

    private GuardedProperties(Properties all) {
        putAll(all);
    }

    /** In the place of those that there are, once in a process. */
    static synchronized void install() {
        if (!(System.getProperties() instanceof GuardedProperties)) {
            System.setProperties(new GuardedProperties(System.getProperties()));
        }
    }

    @Override
    public synchronized Object setProperty(String name, String value) {
        boolean client = StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> frame.getClassName().startsWith(CLIENTS)
                        && frame.getMethodName().startsWith("setVariable")));
        if (client) {
            throw new CannotException("Cannot set " + name + " for the whole server: a connection may not");
        }
        return super.setProperty(name, value);
    }
}
