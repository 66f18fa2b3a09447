package dev.tideline.serving;

import dev.tideline.protocol.CannotException;
import dev.tideline.spark.Unlocked;
import java.util.function.Supplier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.classic.Dataset;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractFunction1;

/** {@code tideline('<view>')} in SQL: the plan of a view, resolved while the query that names it is analysed. */
final class TableFunction extends AbstractFunction1<Seq<Expression>, LogicalPlan> {
    static final String NAME = "tideline";

    private final Supplier<Views> views;

    TableFunction(Supplier<Views> views) {
        this.views = views;
    }

    @Override
    public LogicalPlan apply(Seq<Expression> arguments) {
        Object name = arguments.size() == 1 && arguments.head().foldable()
                ? arguments.head().eval(null)
                : null;
        if (!(name instanceof UTF8String)) {
            throw new CannotException("Cannot call " + NAME + ": it takes the name of one view ('clicks_by_ad_1m')");
        }
        Views lake = views.get();
        Views.Query query = lake.query();
        SparkSession spark = SparkSession.active();
        return Unlocked.call(spark.sessionState().catalog(), () -> {
            SparkSession.setActiveSession(spark);
            return ((Dataset<?>) lake.view(name.toString(), query))
                    .queryExecution()
                    .analyzed();
        });
    }
}
