package dev.tideline.serve.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.LostRace;
import dev.tideline.protocol.NotFound;
import dev.tideline.protocol.NotYetWritten;
import dev.tideline.protocol.Unreachable;
import org.junit.jupiter.api.Test;

class HttpServerTest {
    @Test
    void answersARefusalByItsType() {
        assertThat(HttpServer.status(new CannotException("Cannot read count=0")))
                .isEqualTo(400);
        assertThat(HttpServer.status(new NotFound("no such rollup"))).isEqualTo(404);
        assertThat(HttpServer.status(new NotYetWritten("nothing was written yet")))
                .isEqualTo(404);
        assertThat(HttpServer.status(new LostRace("another came first"))).isEqualTo(409);
        assertThat(HttpServer.status(new Unreachable("no answer"))).isEqualTo(503);
    }
}
