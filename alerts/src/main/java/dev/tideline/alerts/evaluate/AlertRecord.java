package dev.tideline.alerts.evaluate;

import dev.tideline.alerts.engine.RuleState;
import dev.tideline.notify.Transition;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One record of the evaluator's ledger: all that is remembered, and what was decided with it. It is the commit point: what is
 * not recorded was not decided, and what is recorded is told, if need be by the next evaluator.
 *
 * @param number counting from 1
 * @param writer unique to the append, to tell whose record stands
 * @param driver who wrote it: host, process id
 * @param at when it was written, by its writer's clock
 * @param told records up to this number have been acknowledged by Kafka
 * @param rules state of every rule
 * @param transitions decided with this record
 * @param active everything that fires, for people
 * @param restatements made with this record
 * @param generations that were compared with what had been told: generation by {@code feed/day}, without sealed days up to
 *     {@code sealedThrough}
 * @param sealedThrough by feed: the sealed days up to this one have been compared for good
 */
public record AlertRecord(
        long number,
        String writer,
        String driver,
        Instant at,
        long told,
        List<RuleState> rules,
        List<Transition> transitions,
        List<Transition> active,
        List<Restatement> restatements,
        Map<String, String> generations,
        Map<String, LocalDate> sealedThrough) {
    public AlertRecord {
        rules = List.copyOf(rules);
        transitions = List.copyOf(transitions);
        active = List.copyOf(active);
        restatements = List.copyOf(restatements);
        generations = Map.copyOf(generations);
        sealedThrough = sealedThrough == null ? Map.of() : Map.copyOf(sealedThrough); // not in older records
    }

    /**
     * What a published day says of alerts that were told or not.
     *
     * @param missed alerts that fire by the published rows and were not told
     * @param wouldNotHaveFired keys of alerts that were told and do not fire by the published rows
     */
    public record Restatement(
            String feed,
            LocalDate day,
            String generation,
            Instant at,
            List<Transition> missed,
            List<String> wouldNotHaveFired) {
        public Restatement {
            missed = List.copyOf(missed);
            wouldNotHaveFired = List.copyOf(wouldNotHaveFired);
        }
    }

    /** The record after this one, when all is told and nothing was decided since: itself needs no telling either. */
    AlertRecord allTold(String writer, String driver) {
        long next = number + 1;
        return new AlertRecord(
                next, writer, driver, at, next, rules, List.of(), active, List.of(), generations, sealedThrough);
    }

    /** The state of the rule {@code id}. */
    public Optional<RuleState> rule(String id) {
        return rules.stream().filter(state -> state.rule().equals(id)).findFirst();
    }
}
