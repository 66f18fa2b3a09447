package dev.tideline.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlTest {
    private static final String ALL_KINDS = """
            text: word
            quoted: "12"
            lines: |
              one
              two
            whole: 12
            far: 12345678901
            farther: 123456789012345678901
            share: 0.25
            yes: true
            no: false
            nothing: null
            absent:
            list: [ a, 1, { b: c } ]
            map: { 1: 2, 2026-01-01: 2026-01-02 }
            """;

    @Test
    void isTheTreeThatJacksonReads() throws Exception {
        assertThat(Yaml.read(ALL_KINDS)).isEqualTo(new YAMLMapper().readTree(ALL_KINDS));
        assertThat(Yaml.read("---\na: 1\n").path("a").asInt()).isEqualTo(1);
        assertThat(Yaml.read("").isMissingNode()).isTrue();
        assertThat(Yaml.read("# nothing\n").isMissingNode()).isTrue();
    }

    @Test
    void anAliasIsWhatItsAnchorStandsAt() throws Exception {
        JsonNode root = Yaml.read("""
                late: &week 7d
                accept: { late: *week }
                dimensions: &keys [ ad_id, country ]
                rollups: { a: { dimensions: *keys } }
                again: [ &week 8d, *week ]
                """);

        assertThat(root).isEqualTo(new ObjectMapper().readTree("""
                { "late": "7d", "accept": { "late": "7d" }, "dimensions": [ "ad_id", "country" ],
                  "rollups": { "a": { "dimensions": [ "ad_id", "country" ] } },
                  "again": [ "8d", "8d" ] }"""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'a: 1\n---\na: 2'         | line 3: a second document begins (one file holds one)",
                "'a: *b'                   | line 1: *b stands for nothing (&b before it, and not around it)",
                "'a: &b { c: *b }'         | line 1: *b stands for nothing (&b before it, and not around it)",
                "'a: &b { c: 1 }\nd:\n  <<: *b' | line 3: << merges nothing here (write the keys out, or use *name for a whole value)",
                "'a: 1\na: 2'              | line 2: not YAML: Duplicate field 'a'",
                "'a: [ 1'                  | line 1: not YAML: while parsing a flow sequence",
            })
    void refusesWhatWouldBeReadAsSomethingElse(String text, String why) {
        assertThatThrownBy(() -> Yaml.read(text.replace("\\n", "\n")))
                .isInstanceOf(YamlException.class)
                .hasMessage(why);
    }

    @Test
    void refusesAliasesThatGrowWithoutEnd() {
        StringBuilder text = new StringBuilder("a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]\n");
        for (int i = 1; i < 12; i++) {
            String before = "*a" + (i - 1);
            text.append(
                    "a%d: &a%d [ %s ]%n".formatted(i, i, String.join(", ", java.util.Collections.nCopies(10, before))));
        }

        assertThatThrownBy(() -> Yaml.read(text.toString()))
                .hasMessage("line 5: it has more than 100000 values with its aliases written out");
    }
}
