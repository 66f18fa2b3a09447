package dev.tideline.collect;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * The broker in this process, by its own JMX; nothing when there is none. Two brokers in one process share their
 * counters.
 */
final class KafkaGauges implements GaugeSource {
    private final MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    private final Rates rates = new Rates();

    @Override
    public String service() {
        return "kafka";
    }

    @Override
    public List<Gauge> sample(long nanos) {
        rates.tick(nanos);
        List<Gauge> gauges = new ArrayList<>();
        rate(gauges, "kafka_messages_in_per_second", "MessagesInPerSec");
        rate(gauges, "kafka_bytes_in_per_second", "BytesInPerSec");
        rate(gauges, "kafka_bytes_out_per_second", "BytesOutPerSec");
        read("kafka.network:type=RequestChannel,name=RequestQueueSize", "Value")
                .ifPresent(size -> gauges.add(Gauge.of("kafka_request_queue_requests", size.doubleValue())));
        // The handlers of broker and controller mark the same meter, each pool up to 1.
        read("kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent", "OneMinuteRate")
                .ifPresent(idle ->
                        gauges.add(Gauge.of("kafka_request_handler_idle_ratio", Math.min(1, idle.doubleValue() / 2))));
        return gauges;
    }

    private void rate(List<Gauge> gauges, String metric, String name) {
        read("kafka.server:type=BrokerTopicMetrics,name=" + name, "Count")
                .ifPresent(count -> rates.perSecond(metric, count.longValue())
                        .ifPresent(perSecond -> gauges.add(Gauge.of(metric, perSecond))));
    }

    private Optional<Number> read(String bean, String attribute) {
        try {
            return Optional.of((Number) beans.getAttribute(new ObjectName(bean), attribute));
        } catch (JMException e) {
            return Optional.empty();
        }
    }
}
