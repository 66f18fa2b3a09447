package dev.tideline.bench;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/** This process's heap, which holds driver, executors, broker, S3 server and generator alike. */
final class Heap {
    private static final AtomicLong PEAK = new AtomicLong();

    static {
        ManagementFactory.getGarbageCollectorMXBeans()
                .forEach(collector -> ((NotificationEmitter) collector)
                        .addNotificationListener(
                                (notification, handback) -> note(GarbageCollectionNotificationInfo.from(
                                                (CompositeData) notification.getUserData())
                                        .getGcInfo()
                                        .getMemoryUsageAfterGc()),
                                null,
                                null));
    }

    private Heap() {}

    private static void note(Map<String, MemoryUsage> pools) {
        long used = pools.entrySet().stream()
                .filter(pool -> pool.getKey().startsWith("PS ") || pool.getKey().startsWith("G1 "))
                .mapToLong(pool -> pool.getValue().getUsed())
                .sum();
        PEAK.accumulateAndGet(used, Math::max);
    }

    static void forgetPeak() {
        PEAK.set(0);
    }

    /** What was left at most by a collection since {@link #forgetPeak}, young or full, in MiB. */
    static double peak() {
        return PEAK.get() / (double) (1 << 20);
    }
}
