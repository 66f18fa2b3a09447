/** Alert rules as their files declare them, in the shape of Prometheus' rule files: read, checked, tested. */
package dev.tideline.alerts.rule;
