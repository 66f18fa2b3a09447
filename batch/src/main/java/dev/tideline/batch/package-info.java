/** What runs over days: recompute and publish, roll back, fold, retire, seal. */
package dev.tideline.batch;
