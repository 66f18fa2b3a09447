package dev.tideline.collect;

import java.util.List;

/** Something that can be measured again and again. */
interface GaugeSource {
    /** The {@code service} label of what is measured. */
    String service();

    /**
     * Measures now.
     *
     * @param nanos the system's timer, for rates
     */
    List<Gauge> sample(long nanos);
}
