package dev.tideline.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.List;

/** What some work on {@code events} events took: wall time, and CPU time of the whole process. */
record Timed(long events, double seconds, double cpuSeconds) {

    /** Work that says how many events it handled. */
    interface Work {
        long done() throws Exception;
    }

    static Timed of(Work work) throws Exception {
        long began = System.nanoTime();
        long cpu = cpu();
        long events = work.done();
        return new Timed(events, (System.nanoTime() - began) / 1e9, (cpu() - cpu) / 1e9);
    }

    /** The same where nothing checked may be thrown. */
    static Timed unchecked(Work work) {
        try {
            return of(work);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Events a second. */
    double rate() {
        return events / seconds;
    }

    double cpuPerMillion() {
        return cpuSeconds / (events / 1e6);
    }

    /** The one with the median time. */
    static Timed median(List<Timed> rounds) {
        return rounds.stream()
                .sorted(Comparator.comparingDouble(Timed::seconds))
                .skip(rounds.size() / 2)
                .findFirst()
                .orElseThrow();
    }

    private static long cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
