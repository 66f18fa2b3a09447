package dev.tideline.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;

/** This process's heap, which holds driver, executors, broker, S3 server and generator alike. */
final class Heap {
    private static final List<MemoryPoolMXBean> POOLS = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .toList();

    private Heap() {}

    static void forgetPeak() {
        POOLS.forEach(MemoryPoolMXBean::resetPeakUsage);
    }

    /** What was in use at most since {@link #forgetPeak}, garbage included, in MiB. */
    static double peak() {
        return POOLS.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum() / (double) (1 << 20);
    }
}
