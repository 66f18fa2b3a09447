package dev.tideline.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class ClientJobsTest {
    @Test
    void aJobOfAStreamOrOfTheServerItselfIsNoClients() {
        assertThat(isOfAClient(Map.of("spark.jobGroup.id", "http-1"))).isTrue();
        assertThat(isOfAClient(Map.of("spark.job.tags", "SparkConnect_OperationTag_User_ana")))
                .isTrue();
        assertThat(isOfAClient(Map.of("spark.jobGroup.id", "a run", "sql.streaming.queryId", "a query")))
                .isFalse();
        assertThat(isOfAClient(Map.of("spark.scheduler.pool", "speed"))).isFalse();
        assertThat(isOfAClient(Map.of("spark.job.tags", "broadcast exchange (runId 1)")))
                .isFalse();
        assertThat(ClientJobs.isOfAClient(null)).isFalse();
    }

    private static boolean isOfAClient(Map<String, String> job) {
        Properties properties = new Properties();
        properties.putAll(job);
        return ClientJobs.isOfAClient(properties);
    }
}
