/** The closed family of measures, each as a partial, a merge and a finish; and the rollups that they are computed in. */
package dev.tideline.rollup;
