package dev.tideline.app;

/**
 * A driver inside YARN's cluster. Its process belongs to Spark's ApplicationMaster, which takes {@link System#exit} for a failure
 * whatever the exit code: a command that is done returns, and one that failed throws what YARN shall show.
 */
final class YarnDriver {
    private YarnDriver() {}

    /** Whether this process is one. */
    static boolean isHere() {
        return "yarn".equals(System.getProperty("spark.master"))
                && "cluster".equals(System.getProperty("spark.submit.deployMode"));
    }

    /** How a command ended, in its own words. */
    static final class Failed extends RuntimeException {
        Failed(int code, String said) {
            super("exit code " + code + ": " + said, null, false, false);
        }
    }
}
