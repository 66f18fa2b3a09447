package dev.tideline.spark;

import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.ObjectType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A method of a Java object as a column. The object is a reference of the generated code and not part of its text, so that
 * another object needs no other code; arguments and result are Spark's internal values.
 */
public final class MethodCall {
    private MethodCall() {}

    /** Called once for each row: no rule of the optimizer repeats it. Never NULL. */
    public static Column once(Object object, Class<?> type, String method, DataType result, Column... arguments) {
        return column(object, type, method, result, false, arguments);
    }

    /** A function of its arguments alone; NULL where one of them is NULL. */
    public static Column function(Object object, Class<?> type, String method, DataType result, Column... arguments) {
        return column(object, type, method, result, true, arguments);
    }

    private static Column column(
            Object object, Class<?> type, String method, DataType result, boolean function, Column... arguments) {
        List<Expression> inputs =
                Stream.of(arguments).map(ExpressionUtils::expression).toList();
        return ExpressionUtils.column(new Invoke(
                Literal.fromObject(object, new ObjectType(type)),
                method,
                result,
                CollectionConverters.asScala(inputs).toSeq(),
                CollectionConverters.asScala(List.<AbstractDataType>of()).toSeq(),
                function,
                false,
                function));
    }
}
