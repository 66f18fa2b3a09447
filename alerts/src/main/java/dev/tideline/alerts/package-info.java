/** Alerts over the serving views: what crosses from the evaluation of rules to the delivery of what they find. */
package dev.tideline.alerts;
