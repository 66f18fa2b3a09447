package dev.tideline.laws;

import java.util.List;

/** The numbers of one row of a view, and whether some of it comes from the speed layer. */
record Answer(List<Double> values, boolean provisional) {}
