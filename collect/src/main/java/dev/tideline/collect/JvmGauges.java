package dev.tideline.collect;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;

/** This process: heap, garbage collection, threads. */
final class JvmGauges implements GaugeSource {
    private final Rates rates = new Rates();

    @Override
    public String service() {
        return "jvm";
    }

    @Override
    public List<Gauge> sample(long nanos) {
        rates.tick(nanos);
        List<Gauge> gauges = new ArrayList<>();
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        gauges.add(Gauge.of("jvm_heap_used_bytes", heap.getUsed()));
        gauges.add(Gauge.of("jvm_heap_committed_bytes", heap.getCommitted()));
        gauges.add(Gauge.of("jvm_threads", ManagementFactory.getThreadMXBean().getThreadCount()));
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            String name = collector.getName();
            rates.perSecond(name + " time", collector.getCollectionTime())
                    .ifPresent(ms -> gauges.add(Gauge.of("jvm_gc_time_ratio", "collector", name, ms / 1000)));
            rates.perSecond(name + " count", collector.getCollectionCount())
                    .ifPresent(
                            count -> gauges.add(Gauge.of("jvm_gc_collections_per_second", "collector", name, count)));
        }
        return gauges;
    }
}
