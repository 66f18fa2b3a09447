package dev.tideline.spark;

import java.io.Serializable;

/**
 * Something that each row is looked up in, however much there is of it: one expression, where a chain of conditions would be as
 * deep as there are days, runs or partitions, and Spark walks expressions recursively. Two of the same data are one to Spark, so
 * that it reads once what a query names twice.
 */
abstract class Lookup implements Serializable {
    private static final long serialVersionUID = 1L;

    private final transient Object data;
    private final int hash;

    /** A lookup in immutable {@code data}, of which it keeps a form of its own. */
    Lookup(Object data) {
        this.data = data;
        this.hash = data.hashCode();
    }

    @Override
    public final boolean equals(Object other) {
        return this == other
                || (other instanceof Lookup that
                        && toString().equals(that.toString())
                        && data != null
                        && data.equals(that.data));
    }

    @Override
    public final int hashCode() {
        return hash;
    }

    /** What {@code EXPLAIN} shows: of which kind it is. */
    @Override
    public final String toString() {
        return getClass().getSimpleName();
    }
}
