package dev.tideline.operations;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Who this process is, for the ledgers. */
public final class Driver {
    private Driver() {}

    /** Host name and process id. */
    public static String name() {
        try {
            return InetAddress.getLocalHost().getHostName() + ":"
                    + ProcessHandle.current().pid();
        } catch (UnknownHostException e) {
            return "localhost:" + ProcessHandle.current().pid();
        }
    }
}
