package dev.tideline.protocol.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** One version of a table or ledger. Tables keep their rows in one order, so that equal bags of rows are equal. */
final class Table<R> {
    private final List<R> rows;
    private final Optional<Comparator<R>> order;
    private int hash;

    /** What an explorer numbers this version by; 0 until it has. */
    int id;

    private Table(List<R> rows, Optional<Comparator<R>> order) {
        this.rows = rows;
        this.order = order;
    }

    static <R> Table<R> ledger() {
        return new Table<>(List.of(), Optional.empty());
    }

    static <R> Table<R> ordered(Comparator<R> order) {
        return new Table<>(List.of(), Optional.of(order));
    }

    List<R> rows() {
        return rows;
    }

    Optional<R> last() {
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(rows.size() - 1));
    }

    Table<R> plus(Collection<? extends R> more) {
        if (more.isEmpty()) {
            return this;
        }
        List<R> all = new ArrayList<>(rows);
        all.addAll(more);
        order.ifPresent(all::sort);
        return new Table<>(all, order);
    }

    Table<R> minus(Predicate<R> gone) {
        List<R> left = new ArrayList<>(rows);
        return left.removeIf(gone) ? new Table<>(left, order) : this;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Table<?> table && hashCode() == table.hashCode() && rows.equals(table.rows);
    }

    @Override
    public int hashCode() {
        if (hash == 0) {
            hash = rows.hashCode();
        }
        return hash;
    }

    @Override
    public String toString() {
        return rows.toString();
    }
}
