package dev.tideline.bench;

import java.util.List;

/** One row of the table of measures. */
interface Measure {
    /** Its number in the table. */
    int row();

    /** What it is called on the command line. */
    String name();

    /** Whether it is measured only when it is named. */
    default boolean onlyByName() {
        return false;
    }

    /** Measures, and checks the answers. */
    List<Figure> take(Site site) throws Exception;
}
