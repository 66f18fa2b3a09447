package dev.tideline.rollup;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeaningTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            delimiter = '|',
            value = {
                "sum(cost)                     | SUM( Cost )",
                "count() where ok              | count()  WHERE  OK",
                "a + b                         | ((a+b))",
                "sum(a)                        | sum(((a)))",
                "labels['A b']                 | labels [ 'A b' ]",
                "a <=> b                       | a<=>b",
                "coalesce(a, 'it''s')          | COALESCE(a,'it''s')",
                "if(a >= 1, 'x', \"y\")        | if( a>=1 , 'x' , \"y\" )",
            })
    void spellingDoesNotCount(String one, String other) {
        assertThat(Meaning.of(one)).isEqualTo(Meaning.of(other));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            delimiter = '|',
            value = {
                "labels['a']       | labels['A']",
                "labels['a  b']    | labels['a b']",
                "f((a, b))         | f(a, b)",
                "a in ((b, c))     | a in (b, c)",
                "(a + b) * c       | a + b * c",
                "(a) + (b)         | a) + (b",
                "a - -1            | a --1",
                "r'\\' + 'x'       | '\\' + 'x'",
                "x'1F'             | x '1F'",
                "'a' /* b */       | 'a'",
                "`true`            | true",
                "a b               | ab",
                "1 2               | 12",
                "a < = b           | a <= b",
                "a . b             | a.b",
            })
    void whatMayCountStays(String one, String other) {
        assertThat(Meaning.of(one)).isNotEqualTo(Meaning.of(other));
    }
}
