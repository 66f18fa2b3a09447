package dev.tideline.spark;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.CaseWhen;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.EqualNullSafe;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.In;
import org.apache.spark.sql.catalyst.expressions.IsNotNull;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import scala.jdk.javaapi.CollectionConverters;

/** How an expression, as it is written, uses the fields of an event. */
public final class FieldUse {
    /** Functions that hand a value on as it is. */
    private static final Set<String> HAND_ON =
            Set.of("coalesce", "ifnull", "nvl", "nvl2", "if", "struct", "named_struct", "array");
    /** Functions of whether values are equal, nothing else of them. */
    private static final Set<String> OF_EQUALITY = Set.of("xxhash64", "hash", "isnull", "isnotnull");

    private final Set<String> opaque;

    private FieldUse(Set<String> opaque) {
        this.opaque = opaque;
    }

    /** Whether {@code expression} reads one of {@code fields}, which are in lower case. */
    public static boolean reads(String expression, Set<String> fields) {
        return parse(expression).exists(e -> isOneOf(e, fields));
    }

    /**
     * Whether what {@code expression} gives is, or holds, an opaque value: one that is equal to another or not, and tells nothing else.
     *
     * @param fields those with such values, in lower case
     * @throws IllegalArgumentException when it looks into one, or compares it with a value that is none
     */
    public static boolean isOpaque(String expression, Set<String> fields) {
        FieldUse use = new FieldUse(fields);
        try {
            return use.isOpaque(parse(expression));
        } catch (LooksInside e) {
            throw new IllegalArgumentException("looks into " + String.join(", ", fields)
                    + ", of which there is only a hash (use it as it is, or in = with another hashed field, is null, coalesce, if, struct, xxhash64): "
                    + expression);
        }
    }

    private static final class LooksInside extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private boolean isOpaque(Expression e) {
        if (isOneOf(e, opaque)) {
            return true;
        }
        List<Expression> children =
                CollectionConverters.asJava(e.children()).stream().toList();
        List<Expression> withOpaque = children.stream().filter(this::isOpaque).toList();
        if (withOpaque.isEmpty() || e instanceof IsNull || e instanceof IsNotNull) {
            return false;
        }
        if (e instanceof EqualTo || e instanceof EqualNullSafe || e instanceof In) {
            if (withOpaque.size() == children.size()) {
                return false;
            }
            throw new LooksInside();
        }
        if (e instanceof UnresolvedFunction function) {
            String name = function.nameParts().last().toLowerCase(Locale.ROOT);
            if (OF_EQUALITY.contains(name)) {
                return false;
            }
            if (HAND_ON.contains(name)) {
                return true;
            }
        }
        if (e instanceof CaseWhen || e instanceof CreateNamedStruct) {
            return true;
        }
        throw new LooksInside();
    }

    private static boolean isOneOf(Expression e, Set<String> fields) {
        return e instanceof UnresolvedAttribute attribute
                && fields.contains(attribute.nameParts().head().toLowerCase(Locale.ROOT));
    }

    private static Expression parse(String expression) {
        return CatalystSqlParser$.MODULE$.parseExpression(expression);
    }
}
