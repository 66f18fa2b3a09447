package dev.tideline.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.protocol.CannotException;
import dev.tideline.rollup.RollupDeclaration;
import org.junit.jupiter.api.Test;

class FeedDeclarationTest {
    private static final String ORDERS = """
            feed: orders
            topic: shop.orders
            schema: id STRING NOT NULL, n BIGINT, tags MAP<STRING,STRING>, at TIMESTAMP NOT NULL
            event: { id: id, time: at }
            rollups:
              orders_by_n:
                where: n > 0
                dimensions: [ n, "shop: tags['shop']" ]
                measures: { orders: count(), x: quantiles(n) }
            """;

    @Test
    void readsTheStructureAndLeavesExpressionsAsText() {
        FeedDeclaration feed = FeedDeclaration.parse("orders.yaml", ORDERS.replace("count()", "nonsense("));

        assertThat(feed.topic()).isEqualTo("shop.orders");
        assertThat(feed.id()).containsExactly("id");
        RollupDeclaration rollup = feed.rollups().get(0);
        assertThat(rollup.dimensions())
                .containsExactly(
                        new RollupDeclaration.Column("n", "`n`"), new RollupDeclaration.Column("shop", "tags['shop']"));
        assertThat(rollup.measures()).contains(new RollupDeclaration.Column("orders", "nonsense("));
    }

    @Test
    void refusesAWrongStructureAllAtOnce() {
        assertThatThrownBy(() -> FeedDeclaration.parse("o.yaml", "feed: My Feed\ntopic: a\nrollups: 7\n"))
                .isInstanceOf(CannotException.class)
                .hasMessage("Cannot use feed file o.yaml:\n"
                        + "  feed: 'My Feed' does not work (a name of lower-case letters, digits and _)\n"
                        + "  rollups: '7' does not work (at least one: name: { dimensions: [ … ], measures: { … } })");
    }

    /** Tables carry it in their paths, so it is the same for ever: SHA-256 of the text, worked out beside this code. */
    @Test
    void fingerprintsARollupAsTablesOfAnyAgeDo() {
        // sha256("orders_by_n|where n > 0|n: `n`|shop: tags['shop']|orders: count()|x: quantiles(n)")
        String fingerprint = "b2a2b994";

        assertThat(FeedDeclaration.parse("o", ORDERS).rollups().get(0).fingerprint())
                .isEqualTo(fingerprint);
        assertThat(FeedFile.parse("o", ORDERS).rollups().get(0).fingerprint()).isEqualTo(fingerprint);
    }
}
