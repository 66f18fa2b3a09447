package dev.tideline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;

class UnreachableTest {
    @Test
    void isFoundInsideAFailure() {
        Unreachable inside = new Unreachable("Cannot reach Kafka at a:9092: no answer");

        assertThat(Unreachable.in(new IllegalStateException(inside), "the store"))
                .containsSame(inside);
    }

    @Test
    void isWhatAFailedConnectionMeans() {
        IOException refused = new IOException("getting s3a://b/lake", new ConnectException("Connection refused"));

        assertThat(Unreachable.in(new UncheckedIOException(refused), "the store"))
                .get()
                .extracting(Throwable::getMessage)
                .isEqualTo("Cannot reach the store: ConnectException: Connection refused (try again in a moment)");
    }

    @Test
    void isNoOtherFailure() {
        assertThat(Unreachable.in(new IllegalStateException(new CannotException("Cannot sum")), "the store"))
                .isEmpty();
        assertThat(Unreachable.in(new UncheckedIOException(new IOException("disk full")), "the store"))
                .isEmpty();
    }
}
