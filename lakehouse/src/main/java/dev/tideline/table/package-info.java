/** Where everything lives: the lake's Delta tables, and the two ledgers whose appends are all that readers see change. */
package dev.tideline.table;
