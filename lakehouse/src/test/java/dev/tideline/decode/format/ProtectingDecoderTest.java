package dev.tideline.decode.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.decode.json.JsonDecoder;
import dev.tideline.feed.Feed;
import dev.tideline.feed.FeedFile;
import dev.tideline.protocol.CannotException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProtectingDecoderTest {
    private static final String KEY = "a key of more than 32 characters, all of them known";
    private static final Feed FEED = feed("NO_SUCH_VARIABLE");
    private static final ProtectingDecoder DECODER = new ProtectingDecoder(
            new JsonDecoder(FEED.schema(), 200), FEED.schema(), FEED.protection(), Optional.of(new HashKey(KEY)));

    /** RFC 4231, test case 2. */
    @Test
    void hashesAsTheStandardDoes() {
        HashKey jefe = new HashKey("Jefe");
        byte[] text = "what do ya want for nothing?".getBytes(StandardCharsets.US_ASCII);

        assertThat(HexFormat.of().formatHex(jefe.digest(text)))
                .isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assertThat(jefe.text(text)).isEqualTo("5bdcc146bf60754e6a042426089575c7");
    }

    @Test
    void equalValuesHaveEqualHashesInWhateverColumnAndProcess() throws Exception {
        InternalRow row = decode("{'id':'7','user':'7','n':7,'mail':'m','at':0}");
        InternalRow sent = sent(DECODER).decode(json("{'id':'8','user':'7','n':7,'at':1}"));

        assertThat(row.getString(2)).isEqualTo(row.getString(3)).hasSize(32).isEqualTo(sent.getString(3));
        assertThat(sent.getString(2)).isNotEqualTo(row.getString(2));
        assertThat(sent.getLong(4)).isEqualTo(row.getLong(4)).isNotEqualTo(7);
        assertThat("%016x".formatted(row.getLong(4))).isEqualTo(row.getString(2).substring(0, 16));
    }

    @Test
    void keepsNullAndTellsTheEmptyTextFromIt() {
        InternalRow row = decode("{'id':'','mail':'alice@example.com','at':0}");

        assertThat(row.isNullAt(0)).isTrue();
        assertThat(row.getString(2)).hasSize(32);
        assertThat(row.isNullAt(3)).isTrue();
        assertThat(row.isNullAt(4)).isTrue();
        assertThat(row.isNullAt(5)).as("masked").isTrue();
        assertThat(row.getLong(6)).as("neither").isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'id':'a','user':4711,'at':0}          | mistyped_field | user STRING",
                "{'id':'a','n':'4711','at':0}           | mistyped_field | n BIGINT",
                "{'id':'a','n':4711000000000000000000000,'at':0} | mistyped_field | n BIGINT",
                "{'id':'a','mail':{'x':4711},'at':0}    | mistyped_field | mail STRING",
                "{'id':'a','at':'on the 4711th'}        | mistyped_field | at TIMESTAMP",
                "{'id':'a','id':'4711','at':0}          | mistyped_field | id STRING",
                "{'user':'4711','at':0}                 | missing_field  | id STRING",
                "{'id':'4711\\ud800','at':0}            | not_json       | id STRING",
                "{'id':'a',4711:0}                      | not_json       | ''",
                "4711                                   | not_json       | ''",
                "alice4711                              | not_json       | ''",
                "{'id':'a','at':0} 4711                 | not_json       | ''",
                "''                                     | not_json       | ''",
            })
    void aRefusedRecordIsDescribedWithoutItsValues(String payload, String reason, String detail) {
        InternalRow row = decode(payload);

        assertThat(row.getString(0)).isEqualTo(reason);
        assertThat(row.getString(1)).isEqualTo(detail).doesNotContain("4711");
        for (int i = 2; i < row.numFields(); i++) {
            assertThat(row.isNullAt(i)).isTrue();
        }
    }

    @Test
    void saysHowLargeALargeRecordIs() {
        assertThat(decode("x".repeat(201)).getString(1)).isEqualTo("201 bytes, at most 200");
    }

    @Test
    void nothingPrintsTheKey() {
        assertThat(DECODER.toString() + new HashKey(KEY) + new HashKey(KEY).fingerprint())
                .doesNotContain(KEY);
        assertThat(new HashKey(KEY).fingerprint())
                .isEqualTo(new HashKey(KEY).fingerprint())
                .isNotEqualTo(new HashKey(KEY + "!").fingerprint());
    }

    @Test
    void aMissingKeyIsRefusedInOneLine() {
        assertThatThrownBy(() -> HashKey.of(FEED))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot hash id, user, n of feed visits: the environment has no NO_SUCH_VARIABLE (a key of "
                        + "32 characters or more, the same for both streams, such as openssl rand -hex 32 prints)");
        assertThat(HashKey.of(feed("PATH"))).isPresent(); // what every process has, and long enough
    }

    private static InternalRow decode(String json) {
        return DECODER.decode(json(json));
    }

    private static byte[] json(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static Decoder sent(Decoder decoder) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(decoder);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (Decoder) in.readObject();
        }
    }

    private static Feed feed(String key) {
        return FeedFile.parse("visits.yaml", """
                feed: visits
                topic: visits
                schema: id STRING NOT NULL, user STRING, n BIGINT, mail STRING, at TIMESTAMP NOT NULL
                event: { id: id, time: at }
                hash: { fields: [ id, user, n ], key: %s }
                mask: mail
                rollups: { visits: { measures: { events: count(), users: distinct(user) } } }
                """.formatted(key));
    }
}
