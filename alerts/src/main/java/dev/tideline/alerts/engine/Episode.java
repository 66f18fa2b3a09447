package dev.tideline.alerts.engine;

import java.time.Instant;
import java.util.Optional;

/**
 * One time that an instance fired.
 *
 * @param firingSince start of the first window in which it did (UTC)
 * @param endsAt start of the first window in which it did no longer; empty while it fires
 * @param last phase in which it fired
 */
public record Episode(Instant firingSince, Optional<Instant> endsAt, AlertState last) {}
