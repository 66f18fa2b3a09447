package dev.tideline.collect;

import java.util.ArrayList;
import java.util.List;
import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.hardware.GlobalMemory;
import oshi.hardware.HWDiskStore;
import oshi.hardware.NetworkIF;

/** This machine, as its operating system counts it: processors, memory, load, disks and network. */
final class HostGauges implements GaugeSource {
    private final CentralProcessor processor;
    private final GlobalMemory memory;
    private final List<HWDiskStore> disks;
    private final List<NetworkIF> networks;
    private final Rates rates = new Rates();
    private long[] lastTicks;
    private long[][] lastCoreTicks;

    HostGauges() {
        var hardware = new SystemInfo().getHardware();
        processor = hardware.getProcessor();
        memory = hardware.getMemory();
        disks = hardware.getDiskStores();
        networks = hardware.getNetworkIFs();
        lastTicks = processor.getSystemCpuLoadTicks();
        lastCoreTicks = processor.getProcessorCpuLoadTicks();
    }

    @Override
    public String service() {
        return "host";
    }

    @Override
    public List<Gauge> sample(long nanos) {
        rates.tick(nanos);
        List<Gauge> gauges = new ArrayList<>();
        processors(gauges);
        long total = memory.getTotal();
        long available = memory.getAvailable();
        gauges.add(Gauge.of("memory_total_bytes", total));
        gauges.add(Gauge.of("memory_available_bytes", available));
        gauges.add(Gauge.of("memory_used_bytes", total - available));
        gauges.add(Gauge.of("memory_utilization_ratio", (double) (total - available) / total));
        double load = processor.getSystemLoadAverage(1)[0];
        if (load >= 0) {
            gauges.add(Gauge.of("load_average_1m", load));
        }
        disks(gauges);
        networks(gauges);
        return gauges;
    }

    private void processors(List<Gauge> gauges) {
        long[] ticks = processor.getSystemCpuLoadTicks();
        long[][] coreTicks = processor.getProcessorCpuLoadTicks();
        gauges.add(Gauge.of("cpu_utilization_ratio", busy(lastTicks, ticks)));
        for (int core = 0; core < coreTicks.length; core++) {
            gauges.add(Gauge.of(
                    "cpu_core_utilization_ratio",
                    "core",
                    Integer.toString(core),
                    busy(lastCoreTicks[core], coreTicks[core])));
        }
        lastTicks = ticks;
        lastCoreTicks = coreTicks;
    }

    /** The share of the ticks between two samples that were neither idle nor waiting for a disk; NaN without any. */
    static double busy(long[] before, long[] after) {
        long all = 0;
        for (int i = 0; i < after.length; i++) {
            all += after[i] - before[i];
        }
        int idle = CentralProcessor.TickType.IDLE.getIndex();
        int waiting = CentralProcessor.TickType.IOWAIT.getIndex();
        long unused = after[idle] - before[idle] + after[waiting] - before[waiting];
        return all <= 0 ? Double.NaN : Math.min(1, Math.max(0, 1 - (double) unused / all));
    }

    private void disks(List<Gauge> gauges) {
        for (HWDiskStore disk : disks) {
            if (disk.updateAttributes()) {
                String name = disk.getName();
                rate(gauges, "disk_read_bytes_per_second", "disk", name, disk.getReadBytes());
                rate(gauges, "disk_written_bytes_per_second", "disk", name, disk.getWriteBytes());
                rate(gauges, "disk_reads_per_second", "disk", name, disk.getReads());
                rate(gauges, "disk_writes_per_second", "disk", name, disk.getWrites());
            }
        }
    }

    private void networks(List<Gauge> gauges) {
        for (NetworkIF network : networks) {
            if (network.updateAttributes()) {
                String name = network.getName();
                rate(gauges, "network_received_bytes_per_second", "interface", name, network.getBytesRecv());
                rate(gauges, "network_sent_bytes_per_second", "interface", name, network.getBytesSent());
            }
        }
    }

    private void rate(List<Gauge> gauges, String metric, String label, String which, long counter) {
        rates.perSecond(metric + " " + which, counter)
                .ifPresent(perSecond -> gauges.add(Gauge.of(metric, label, which, perSecond)));
    }
}
