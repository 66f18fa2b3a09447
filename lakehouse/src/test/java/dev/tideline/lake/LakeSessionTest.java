package dev.tideline.lake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("lane-b")
class LakeSessionTest {
    @Test
    void aReaderKeepsItsOwnWaysAndItsFiles() {
        assertThat(LakeSession.reader())
                .containsEntry("spark.sql.session.timeZone", "UTC")
                .doesNotContainKeys("spark.sql.ansi.enabled", "spark.hadoop.fs.file.impl")
                .allSatisfy((key, value) -> assertThat(LakeSession.writer()).containsEntry(key, value));
    }

    @Test
    void filesAreOursOnOneMachineOnly() {
        assertThat(LakeSession.writer())
                .containsEntry("spark.sql.ansi.enabled", "false")
                .doesNotContainKeys("spark.hadoop.fs.file.impl", "spark.sql.streaming.checkpointFileManagerClass");
        assertThat(LakeSession.oneMachine()).containsKey("spark.hadoop.fs.file.impl");
    }

    @Test
    void settingsThatASessionWasStartedWithoutAreNamed() {
        SparkSession session = LakeSession.local("local[2]", 2, Map.of());
        assertThat(LakeSession.ignored(session, LakeSession.writer())).isEmpty();
        assertThat(LakeSession.ignored(
                        session, Map.of("spark.buffer.pageSize", "3m", "spark.sql.session.timeZone", "Europe/Rome")))
                .containsExactly("spark.buffer.pageSize");
    }
}
