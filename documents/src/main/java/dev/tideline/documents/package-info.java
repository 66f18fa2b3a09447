/** YAML files that people write: feeds, alert rules and their tests, channels, configuration. */
package dev.tideline.documents;
