package dev.tideline.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.apache.spark.connect.proto.ConfigRequest;
import org.apache.spark.connect.proto.ReleaseSessionRequest;
import org.apache.spark.connect.proto.UserContext;
import org.junit.jupiter.api.Test;

class ConnectSessionsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final UserContext ANA =
            UserContext.newBuilder().setUserId("ana").build();
    private final ConnectSessions sessions = new ConnectSessions(2, Duration.ofHours(1));

    @Test
    void admitsSoManyUntilOneIsReleasedOrIdle() {
        assertThat(asks("a", NOW)).isTrue();
        assertThat(asks("b", NOW)).isTrue();
        assertThat(asks("c", NOW)).isFalse();
        assertThat(asks("a", NOW.plusSeconds(1800))).isTrue();

        ReleaseSessionRequest end = ReleaseSessionRequest.newBuilder()
                .setUserContext(ANA)
                .setSessionId("a")
                .build();
        assertThat(sessions.admit(end, NOW)).isTrue();
        assertThat(asks("c", NOW.plusSeconds(1801))).isTrue();
        assertThat(asks("d", NOW.plusSeconds(1802))).isFalse();

        assertThat(asks("d", NOW.plusSeconds(3601)))
                .as("b was not used for an hour")
                .isTrue();
    }

    private boolean asks(String session, Instant at) {
        return sessions.admit(
                ConfigRequest.newBuilder()
                        .setUserContext(ANA)
                        .setSessionId(session)
                        .build(),
                at);
    }
}
