package dev.tideline.app.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.protocol.CannotException;
import dev.tideline.protocol.LostRace;
import dev.tideline.protocol.Unreachable;
import org.junit.jupiter.api.Test;

class ExitCodeTest {
    @Test
    void whoRunsItCanTellALostRaceFromAnOutageAndFromAWrongCommand() {
        assertThat(ExitCode.of(new LostRace("another recorded seq 3"))).isEqualTo(ExitCode.CAME_SECOND);
        assertThat(ExitCode.of(new CannotException("Cannot find"))).isEqualTo(ExitCode.CANNOT);
        assertThat(ExitCode.of(new Unreachable("no answer"))).isEqualTo(ExitCode.UNREACHABLE);
    }
}
