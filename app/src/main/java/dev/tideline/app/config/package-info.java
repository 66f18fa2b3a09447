/** The configuration: file, environment, --set; and what it names: feeds, rules, the lake. */
package dev.tideline.app.config;
