package dev.tideline.bench;

/**
 * What a figure has to reach.
 *
 * @param must what people can count on
 * @param target what most people would choose it for
 * @param stretch about as far as the machine goes
 */
record Goal(double must, double target, double stretch) {

    /** How far {@code value} gets; more is better where {@code stretch} is more than {@code must}, else less. */
    Level reached(double value) {
        double sign = stretch >= must ? 1 : -1;
        if (sign * value >= sign * stretch) {
            return Level.STRETCH;
        }
        if (sign * value >= sign * target) {
            return Level.TARGET;
        }
        return sign * value >= sign * must ? Level.MUST : Level.MISSED;
    }

    enum Level {
        MISSED,
        MUST,
        TARGET,
        STRETCH
    }
}
