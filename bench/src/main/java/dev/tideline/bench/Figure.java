package dev.tideline.bench;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One number of the report, whose answer was checked.
 *
 * @param row of the table of measures
 * @param what was measured, in words
 * @param unit of {@code value}
 * @param goal none for a number that only stands beside others
 * @param cpu CPU seconds of the whole process, broker and generator included, per million events
 */
record Figure(int row, String what, double value, String unit, Optional<Goal> goal, OptionalDouble cpu) {

    static Figure of(int row, String what, double value, String unit) {
        return new Figure(row, what, value, unit, Optional.empty(), OptionalDouble.empty());
    }

    /** The rate of {@code timed}, in events a second. */
    static Figure rate(int row, String what, Timed timed, String unit) {
        return of(row, what, timed.rate(), unit).costing(timed);
    }

    Figure costing(Timed timed) {
        return new Figure(row, what, value, unit, goal, OptionalDouble.of(timed.cpuPerMillion()));
    }

    Figure towards(double must, double target, double stretch) {
        return new Figure(row, what, value, unit, Optional.of(new Goal(must, target, stretch)), cpu);
    }

    Optional<Goal.Level> reached() {
        return goal.map(g -> g.reached(value));
    }
}
