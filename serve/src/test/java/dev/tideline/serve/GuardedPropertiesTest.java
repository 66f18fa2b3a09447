package dev.tideline.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.protocol.CannotException;
import java.util.Map;
import java.util.Properties;
import org.apache.hive.service.cli.session.Variables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuardedPropertiesTest {
    private static final String NAME = "tideline.guarded";
    private final Properties before = System.getProperties();

    @AfterEach
    void restore() {
        System.setProperties(before);
        System.clearProperty(NAME);
    }

    @Test
    void refusesAConnectionAndNobodyElse() {
        Map<Object, Object> all = Map.copyOf(before);
        Variables.setVariable(NAME, "unguarded");
        GuardedProperties.install();

        assertThatThrownBy(() -> Variables.setVariable(NAME, "a client's"))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot set " + NAME + " for the whole server: a connection may not");
        assertThat(System.getProperty(NAME)).isEqualTo("unguarded");

        System.setProperty(NAME, "ours");
        assertThat(System.getProperty(NAME)).isEqualTo("ours");
        assertThat(System.getProperties()).containsAllEntriesOf(all);
    }
}
