package dev.tideline.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.protocol.CannotException;
import dev.tideline.serving.Access;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessFileTest {
    /** Of the token {@code test}. */
    private static final String TEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    /** Of the token {@code test2}. */
    private static final String TEST2 = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752";

    @TempDir
    Path dir;

    @Test
    void saysWhatEachTokenAndUserMaySee() throws IOException {
        AccessFile file = read("""
                tokens:
                  - { sha256: %s, feeds: [clicks, sales] }
                  - { sha256: %s, feeds: all, raw: true }
                users:
                  - { name: ana, feeds: [clicks], raw: true }
                  - { name: 'Bob Low, ou=x', feeds: all }
                """.formatted(TEST, TEST2));
        Tokens tokens = file.tokens().and(Tokens.whole("ours"));

        assertThat(tokens.areAsked()).isTrue();
        assertThat(tokens.access("Bearer test")).contains(new Access(Optional.of(Set.of("clicks", "sales")), false));
        assertThat(tokens.access("Bearer test2")).contains(Access.WHOLE);
        assertThat(tokens.access("Bearer ours")).contains(Access.WHOLE);
        for (String none :
                new String[] {null, "", "Bearer ", "Bearer", "test", "bearer test", "Bearer test ", "Bearer " + TEST}) {
            assertThat(tokens.access(none)).as(none).isEmpty();
        }
        assertThat(Tokens.NONE.access(null)).contains(Access.WHOLE);
        assertThat(file.users())
                .containsOnly(
                        Map.entry("ana", new Access(Optional.of(Set.of("clicks")), true)),
                        Map.entry("Bob Low, ou=x", new Access(Optional.empty(), false)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                                      | it is not a list of tokens",
                "tokens: []                                              | tokens: it is not a list",
                "tokens: { S: { feeds: all } }                           | tokens: it is not a list",
                "{ tokens: [{ sha256: S, feeds: all }], user: [] }       | it is not a list of tokens",
                "{ tokens: [{ sha256: S, feeds: all }], users: [] }      | users: it is not a list",
                "users: { ana: { feeds: all } }                          | users: it is not a list",
                "users: [ana]                                            | users[0].name: it is not the name",
                "users: [{ feeds: all }]                                 | users[0].name: it is not the name",
                "users: [{ name: '', feeds: all }]                       | users[0].name: it is not the name",
                "users: [{ name: yes, feeds: all }]                      | users[0].name: it is not the name",
                "users: [{ name: [ana], feeds: all }]                    | users[0].name: it is not the name",
                "users: [{ name: ana }]                                  | users[0].feeds: it is not a list of feeds",
                "users: [{ name: ana, feeds: all, sha256: S }]           | users[0].sha256: no such key",
                "users: [{ name: ana, feeds: all }, { name: ana, feeds: [clicks] }] | users[1].name: another",
                "[1, 2]                                                  | it is not a list of tokens",
                "tokens: [                                               | not YAML",
                "tokens: [test]                                          | tokens[0].sha256: it is not 64 hexadecimal",
                "tokens: [{ sha256: test, feeds: all }]                  | tokens[0].sha256: it is not 64 hexadecimal",
                "tokens: [{ sha256: 'S ', feeds: all }]                  | tokens[0].sha256: it is not 64 hexadecimal",
                "tokens: [{ feeds: all }]                                | tokens[0].sha256: it is not 64 hexadecimal",
                "tokens: [{ sha256: S }]                                 | tokens[0].feeds: it is not a list of feeds",
                "tokens: [{ sha256: S, feeds: [] }]                      | tokens[0].feeds: it is not a list of feeds",
                "tokens: [{ sha256: S, feeds: clicks }]                  | tokens[0].feeds: it is not a list of feeds",
                "tokens: [{ sha256: S, feeds: ['*'] }]                   | tokens[0].feeds: it is not a list of feeds",
                "tokens: [{ sha256: S, feeds: [[clicks]] }]              | tokens[0].feeds: it is not a list of feeds",
                "tokens: [{ sha256: S, feeds: { clicks: true } }]        | tokens[0].feeds: it is not a list of feeds",
                "tokens: [{ sha256: S, feeds: all, raw: 'yes' }]         | tokens[0].raw: it is not true or false",
                "tokens: [{ sha256: S, feeds: all, row: true }]          | tokens[0].row: no such key",
                "tokens: [{ sha256: S, feeds: all }, { sha256: S, feeds: all }] | tokens[1].sha256: another",
                "tokens: [{ sha256: S, feeds: all, feeds: [clicks] }]    | not YAML: Duplicate field 'feeds'",
            })
    void aFileWithAProblemGivesNobodyAnything(String text, String why) {
        assertThatThrownBy(() -> read(text.replaceAll("\\bS\\b", TEST)))
                .isInstanceOf(CannotException.class)
                .hasMessageContaining("Cannot read " + dir.resolve("access.yaml") + ":")
                .hasMessageContaining(why)
                .hasMessageNotContaining("test, feeds");
    }

    @Test
    void aFileThatIsNoTextIsRefused() throws IOException {
        Path file = dir.resolve("access.yaml");
        assertThatThrownBy(() -> AccessFile.read(file)).hasMessageContaining("(NoSuchFileException)");
        assertThatThrownBy(() -> AccessFile.read(dir)).hasMessageContaining("it is not a text in UTF-8");
        Files.write(file, new byte[] {(byte) 0xff, 0});
        assertThatThrownBy(() -> AccessFile.read(file)).hasMessageContaining("it is not a text in UTF-8");
        Files.write(file, " ".repeat(2 << 20).getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> AccessFile.read(file)).hasMessageContaining("at most 1024 KB");
    }

    private AccessFile read(String text) throws IOException {
        return AccessFile.read(Files.writeString(dir.resolve("access.yaml"), text));
    }
}
