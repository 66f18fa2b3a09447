package dev.tideline.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.protocol.CannotException;
import dev.tideline.rollup.Dimension;
import dev.tideline.rollup.Fingerprint;
import dev.tideline.rollup.Rollup;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FeedFileTest {
    private static final String ORDERS = """
            feed: orders
            topic: shop.orders
            schema: id STRING NOT NULL, amount DECIMAL(10,2), tags MAP<STRING,STRING>, n BIGINT, x DOUBLE, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            rollups:
              orders_by_n:
                where: n > 0
                dimensions: [ n, "shop: tags['shop']" ]
                measures: { orders: count(), amount: sum(amount) where x > 1, x: quantiles(x) }
                derived: { mean: amount / orders, spread: x_p99 - x_p50, twice: mean * 2 }
            """;

    @ParameterizedTest
    @ValueSource(strings = {"clicks", "metrics"})
    void loadsTheShippedFeeds(String name) throws IOException {
        Feed feed = FeedFile.parse(name + ".yaml", shipped(name));

        assertThat(feed.name()).isEqualTo(name);
        assertThat(feed.rollups()).isNotEmpty();
        assertThat(feed.accept().late()).isEqualTo(Duration.ofDays(7));
        assertThat(feed.retention().raw()).isEqualTo(Duration.ofDays(7));
        assertThat(feed.source()).isEqualTo(shipped(name));
    }

    @Test
    void aJsonFeedHasThePolicyThatItHadBeforeThereWereFormats() {
        Feed feed = FeedFile.parse("orders.yaml", ORDERS);
        String then = String.join(
                "|", feed.schema().toDDL(), "[id]", "at", "[]", feed.accept().toString());

        assertThat(feed.format()).isEqualTo(Format.JSON);
        assertThat(feed.policy()).isEqualTo(Fingerprint.of(then));
        assertThat(FeedFile.parse("orders.yaml", "format: json\n" + ORDERS).policy())
                .isEqualTo(feed.policy());
    }

    @Test
    void loadsAFeedOfAUser() {
        Feed feed = FeedFile.parse("orders.yaml", ORDERS);

        Rollup rollup = feed.rollup("orders_by_n").orElseThrow();
        assertThat(feed.topic()).isEqualTo("shop.orders");
        assertThat(feed.id()).containsExactly("id");
        assertThat(feed.accept()).isEqualTo(Acceptance.DEFAULT);
        assertThat(feed.retention()).isEqualTo(Retention.DEFAULT);
        assertThat(rollup.dimensions()).extracting(Dimension::name).containsExactly("n", "shop");
        assertThat(rollup.derived()).containsOnlyKeys("mean", "spread", "twice");
    }

    @Test
    void listsEveryProblemAtOnceWithItsKeyItsValueAndWhatWorks() {
        String wrong = """
                feed: My Feed
                topic: a topic
                format: avro
                colour: red
                schema: id STRING NOT NULL, n INT, N INT, payload STRING, Seq INT, _x INT, kafka_y INT, when TIMESTAMP_NTZ, at TIMESTAMP
                event: { id: nobody, time: at, zone: UTC }
                require: [ id, no_such > 1 ]
                accept: { late: 7 days, future: soon, size: 9GiB }
                retention: { raw: forever, 1m: 999999999y, 1d: 7d }
                rollups:
                  Bad-Name: { dimensions: [ id ], measures: { n: count() } }
                  empty: { dimensions: [ id ] }
                """;

        List<String> problems = problems(wrong);

        assertThat(problems.get(0)).isEqualTo("Cannot use feed file orders.yaml:");
        assertThat(problems.subList(1, problems.size()))
                .containsExactlyInAnyOrder(
                        "colour: 'red' does not work (one of the keys feed, topic, format, schema, event, require, accept, hash, mask, rollups, retention)",
                        "feed: 'My Feed' does not work (a name of lower-case letters, digits and _)",
                        "topic: 'a topic' does not work (a Kafka topic name)",
                        "format: 'avro' does not work (json)",
                        "schema: 'N' does not work (a column once)",
                        "schema: 'payload' does not work (another name: this one is Tideline's own)",
                        "schema: 'Seq' does not work (another name: this one is Tideline's own)",
                        "schema: '_x' does not work (another name: this one is Tideline's own)",
                        "schema: 'kafka_y' does not work (another name: this one is Tideline's own)",
                        "schema: 'when TIMESTAMP_NTZ' does not work (" + JsonTypes.SUPPORTED + ")",
                        "event.zone: 'UTC' does not work (one of the keys id, time)",
                        "event.id: 'nobody' does not work (a column of the schema: id, n, N, payload, Seq, _x, kafka_y, when, at)",
                        "event.time: 'at TIMESTAMP' does not work (a TIMESTAMP NOT NULL column)",
                        "require[0]: is STRING, not a condition (BOOLEAN): id",
                        "require[1]: A column, variable, or function parameter with name `no_such` cannot be resolved among [`_x`, `N`, `Seq`, `at`, `id`]: no_such > 1",
                        "accept.late: '7 days' does not work (a number and s, m, h, d or y, such as 7d; at most 100y)",
                        "accept.future: 'soon' does not work (a number and s, m, h, d or y, such as 7d; at most 100y)",
                        "accept.size: '9GiB' does not work (1 to 64MiB, such as 256KiB)",
                        "retention.1d: '7d' does not work (one of the keys raw, 1m, 1h)",
                        "retention.1m: '999999999y' does not work (a number and s, m, h, d or y, such as 7d; at most 100y)",
                        "retention.raw: 'forever' does not work (a number and s, m, h, d or y, such as 7d; at most 100y)",
                        "rollups.Bad-Name: 'Bad-Name' does not work (lower-case letters, digits and _)",
                        "rollups.empty.measures: nothing does not work (at least one, such as events: count())");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "n: sum(id)              | sum needs a number, not STRING: id",
                "n: quantiles(tags)      | quantiles needs a number, not MAP<STRING, STRING>: tags",
                "n: top(tags, 3)         | takes no map (take one of its values: tags['key']), not MAP<STRING, STRING>",
                "n: top(id, 0)           | top gives 1 to 1000 values, not 0",
                "n: top(id, 1001)        | top gives 1 to 1000 values, not 1001",
                "n: last(tags)           | takes no map",
                "n: max(array(tags))     | max(array(tags))",
                "n: count(id)            | count takes no argument",
                "n: sum()                | sum needs an argument (sum(field))",
                "n: median(x)            | knows no function median",
                "n: x                    | is not a measure (one of count(), sum(x)",
                "n: sum(x) when n > 1    | is not a measure",
                "n: sum(cast(n as decimal(30,0))) | could overflow (at most DECIMAL(28, s)",
                "n: count() where sum(x) > 1 | is an aggregate, where one event's fields are wanted",
                "n: sum(rand())          | gives another answer each time",
                "n: count() where at < now() | gives another answer each time",
                "n: count() where at < current_timestamp() | gives another answer each time",
                "n: sum(nothing)         | `nothing` cannot be resolved",
                "n: sum(x +)             | Syntax error",
                "n: count() where n      | is BIGINT, not a condition (BOOLEAN): n",
                "seq: count()            | 'seq' does not work (another name: this column exists already)",
                "provisional: count()    | another name",
                "shop: count()           | another name",
                "N: count()              | a column name of lower-case letters",
            })
    void refusesAMeasureThatCouldNotBeComputed(String measure, String why) {
        assertThat(problems(ORDERS.replace(
                        "orders: count(), amount: sum(amount) where x > 1, x: quantiles(x)",
                        "\"" + measure.replaceFirst(": ", "\": \"") + "\"")))
                .filteredOn(problem -> problem.startsWith("rollups.orders_by_n.measures."))
                .singleElement()
                .asString()
                .contains(why);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hash: { fields: [ x ], key: KEY }      |                         | hash.fields: 'x DOUBLE' does not work (a column of STRING or BIGINT)",
                "hash: { fields: [ at ], key: KEY }     |                         | hash.fields: 'at TIMESTAMP' does not work",
                "hash: { fields: [ nobody ], key: KEY } |                         | hash.fields: 'nobody' does not work (a column of the schema",
                "hash: { key: KEY }                     |                         | hash.fields: nothing does not work (the columns that are kept as a hash only)",
                "hash: { fields: [ id ] }               |                         | hash.key: nothing does not work (the name of the environment variable",
                "hash: { fields: [ id ], key: K, a: b } |                         | hash.a: 'b' does not work (one of the keys fields, key)",
                "hash: id                               |                         | hash: 'id' does not work (a map with fields, key)",
                "mask: [ id ]                           |                         | mask: 'id' does not work (a column that no event is known by",
                "mask: [ at ]                           |                         | mask: 'at' does not work (a column that no event is known by",
                "mask: [ nobody ]                       |                         | mask: 'nobody' does not work (a column of the schema",
                "mask: []                               |                         | mask: nothing does not work (the columns that are kept as NULL)",
                "mask: [ amount ]                       |                         | measures.amount: reads a masked field, which is NULL in every event: amount",
                "mask: [ tags ]                         |                         | dimensions[1]: reads a masked field, which is NULL in every event: tags['shop']",
                "hash: { fields: [ n ], key: KEY }      |                         | where: looks into n, of which there is only a hash",
                "hash: { fields: [ id ], key: KEY }     | distinct(upper(id))     | measures.orders: looks into id, of which there is only a hash",
                "hash: { fields: [ id ], key: KEY }     | max(id)                 | measures.orders: max of a hashed field says nothing (distinct, top, first, last do): id",
                "hash: { fields: [ id ], key: KEY }     | min(coalesce(id, 'a'))  | measures.orders: min of a hashed field says nothing",
                "hash: { fields: [ n ], key: KEY }      | sum(N)                  | measures.orders: sum of a hashed field says nothing",
                "hash: { fields: [ n ], key: KEY }      | quantiles(n)            | measures.orders: quantiles of a hashed field says nothing",
                "hash: { fields: [ id ], key: KEY }     | count() where id = 'a'  | measures.orders: looks into id",
                "hash: { fields: [ id ], key: KEY }     | count() where id like 'a%' | measures.orders: looks into id",
                "hash: { fields: [ id ], key: KEY }     | count() where id in ('a') | measures.orders: looks into id",
            })
    void refusesWhatAHiddenFieldHasNoAnswerFor(String hidden, String measure, String why) {
        String feed = measure == null ? ORDERS : ORDERS.replace("orders: count()", "orders: \"" + measure + "\"");

        assertThat(problems(feed + hidden + "\n"))
                .anySatisfy(problem -> assertThat(problem).contains(why));
    }

    @Test
    void hashesAndMasksFieldsThatAreOnlyAskedForEquality() {
        Feed feed = FeedFile.parse(
                "orders.yaml",
                ORDERS.replace("tags MAP", "mail STRING, seller STRING, tags MAP")
                                .replace(
                                        "orders: count()",
                                        "orders: count() where id = seller or id is not null, sellers: 'distinct(struct(n, seller))', best: 'top(coalesce(seller, id), 3)', own: 'sum(if(id <=> seller, 1, 0))'")
                        + "hash: { fields: [ id, seller ], key: ORDERS_KEY }\nmask: mail\n");

        assertThat(feed.protection()).isEqualTo(new Protection(List.of("id", "seller"), "ORDERS_KEY", List.of("mail")));
        assertThat(feed.policy())
                .isNotEqualTo(FeedFile.parse("orders.yaml", ORDERS).policy());
    }

    /** It may be the key itself, which no message may show. */
    @Test
    void doesNotPrintWhatStandsInPlaceOfAKeysName() {
        String key = "DEADBEEFDEADBEEFDEADBEEFDEADBEEF";

        assertThat(problems(ORDERS + "hash: { fields: [ id ], key: " + key + " }\n"))
                .anySatisfy(problem -> assertThat(problem).startsWith("hash.key: "))
                .noneSatisfy(problem -> assertThat(problem).contains(key));
    }

    @Test
    void refusesADimensionWithAMapInside() {
        assertThat(problems(ORDERS.replaceFirst("dimensions: .*", "dimensions: [ 'nested: array(tags)', tags ]")))
                .filteredOn(problem -> problem.contains(".dimensions["))
                .singleElement()
                .asString()
                .contains("dimensions[0]: is ARRAY<MAP<STRING, STRING>>, which cannot be grouped by");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mean: amount /          | Syntax error",
                "mean: amount / order    | `order` cannot be resolved",
                "mean: amount + window_start | rollups.orders_by_n.derived.mean: ",
                "mean: (select 1)        | is not one value of one event",
                "mean: rank() over (order by n) | is not one value of one event",
                "mean: sum(amount)       | is an aggregate",
                "mean: rand()            | gives another answer each time",
                "mean: explode(array(1)) | is not one value of one event",
                "orders: amount * 2      | another name: this column exists already",
                "mean: later, later: 1   | `later` cannot be resolved",
            })
    void refusesADerivedColumnThatReadersCouldNotBeGiven(String derived, String why) {
        String wrong = ORDERS.replaceFirst("derived: \\{.*\\}", "derived: { " + derived + " }");

        assertThat(problems(wrong))
                .hasSize(2)
                .last()
                .asString()
                .startsWith("rollups.orders_by_n.derived.")
                .contains(why);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "where: n > 0            | where: current_date() > at      | orders_by_n.where: gives another answer each time",
                "where: n > 0            | where: count(n) > 1             | orders_by_n.where: is an aggregate",
                "where: n > 0            | where: n                        | orders_by_n.where: is BIGINT, not a condition",
                "dimensions: [ n         | dimensions: [ n, n              | orders_by_n.dimensions[1]: 'n' does not work (another name",
                "dimensions: [ n         | dimensions: [ uuid()            | orders_by_n.dimensions[0]: 'uuid()' does not work (a column name",
                "dimensions: [ n         | dimensions: [ 'u: uuid()'       | orders_by_n.dimensions[0]: gives another answer",
                "dimensions: [ n         | dimensions: [ window_start      | orders_by_n.dimensions[0]: 'window_start' does not work",
                "dimensions: [ n         | dimensions: [ m                 | orders_by_n.dimensions[0]: A column",
            })
    void refusesAKeyOrAConditionThatAReplayWouldDecideOtherwise(String right, String wrong, String why) {
        assertThat(problems(ORDERS.replace(right.strip(), wrong.strip())))
                .anySatisfy(p -> assertThat(p).contains(why));
    }

    @Test
    void refusesWhatIsNotAMapOfKeys() {
        assertThat(problems("- a\n- b")).last().asString().startsWith("it is not a map of keys");
        assertThat(problems("")).last().asString().startsWith("it is not a map of keys");
        assertThat(problems("feed: a\nfeed: b"))
                .last()
                .asString()
                .startsWith("line 2: not YAML: Duplicate field 'feed'");
        assertThat(problems("feed: [")).last().asString().startsWith("line 1: not YAML:");
        assertThat(problems("feed: a\nrollups: 7\nevent: x"))
                .contains(
                        "event: 'x' does not work (a map with id, time)",
                        "rollups: '7' does not work (at least one: name: { dimensions: [ … ], measures: { … } })");
    }

    @Test
    void fingerprintsWhatIsStoredAndNotWhatIsComputedOnReading() {
        Rollup rollup = FeedFile.parse("o", ORDERS).rollups().get(0);
        Rollup otherDerived = FeedFile.parse("o", ORDERS.replace("mean * 2", "mean * 3"))
                .rollups()
                .get(0);
        Rollup otherWhere =
                FeedFile.parse("o", ORDERS.replace("n > 0", "n > 1")).rollups().get(0);

        assertThat(otherDerived.fingerprint()).isEqualTo(rollup.fingerprint());
        assertThat(otherWhere.fingerprint()).isNotEqualTo(rollup.fingerprint());
        Feed orders = FeedFile.parse("o", ORDERS);
        assertThat(orders.policy("read_committed")).isEqualTo(orders.policy());
        assertThat(orders.policy("read_uncommitted")).isNotEqualTo(orders.policy());
        assertThat(orders.hasPolicy(orders.policy("read_uncommitted"))).isTrue();
        assertThat(FeedFile.parse("o", ORDERS + "accept: { late: 8d }").policy())
                .isNotEqualTo(FeedFile.parse("o", ORDERS).policy());
    }

    private static List<String> problems(String text) {
        List<String> lines = new java.util.ArrayList<>();
        assertThatThrownBy(() -> FeedFile.parse("orders.yaml", text))
                .isInstanceOf(CannotException.class)
                .satisfies(e -> e.getMessage().lines().map(String::strip).forEach(lines::add));
        return lines;
    }

    private static String shipped(String name) throws IOException {
        try (InputStream in = Feed.class.getResourceAsStream("/feeds/" + name + ".yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
