package dev.tideline.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaTextTest {
    @Test
    void readsWhatStandsBetweenCommas() {
        assertThat(SchemaText.types("""
                id STRING NOT NULL, `odd, name` INT COMMENT 'not null, of course', price DECIMAL(10, 2),
                tags MAP<STRING, ARRAY<INT>>,place: STRUCT<a: INT, b: STRING>"""))
                .isEqualTo(Map.of(
                        "id", "string",
                        "odd, name", "int",
                        "price", "decimal(10,2)",
                        "tags", "map<string,array<int>>",
                        "place", "struct<a:int,b:string>"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a INT                | a int not null           | true
            a INT, b STRING      | a INT                    | true
            a INT                | a INT, b STRING          | true
            a INT, b STRING      | b STRING, a INT          | true
            a INT                | A INT                    | true
            a INT                | b STRING                 | true
            a INT                | a BIGINT                 | false
            a INT, b STRING      | a INT, b BINARY          | false
            a DECIMAL(10, 2)     | a DECIMAL(12, 2)         | false
            """)
    void comparesTheColumnsThatBothHave(String one, String other, boolean same) {
        assertThat(feed(one).hasTypesOf(feed(other))).isEqualTo(same);
        assertThat(feed(other).hasTypesOf(feed(one))).isEqualTo(same);
    }

    private static FeedDeclaration feed(String schema) {
        return FeedDeclaration.parse("f.yaml", """
                feed: f
                topic: f
                schema: "%s"
                event: { id: id, time: at }
                rollups: { r: { measures: { n: count() } } }
                """.formatted(schema));
    }
}
