package dev.tideline.protocol.model;

import dev.tideline.protocol.Cut;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeSet;

/**
 * Visits every world that any interleaving of the processes' steps leads to, nearest first, and checks the laws in each: so the
 * first violation found is one with the fewest steps. A visited world is remembered by 64 bits, mixed from exact numbers of
 * its parts; two different ones among ten million share them with a chance of 3 in a million.
 */
final class Explorer<P> {
    /**
     * @param states how many different worlds were visited
     * @param steps how many steps lead to the farthest of them
     * @param violation the broken law and the steps that lead there
     */
    record Report(int states, int steps, Optional<String> violation) {}

    /** A world, its place among the visited ones, and its actors by number. */
    private static final class Node<P> {
        private final World<P> world;
        private final int index;
        private final int[] actors;

        Node(World<P> world, int index, int[] actors) {
            this.world = world;
            this.index = index;
            this.actors = actors;
        }
    }

    private final World<P> first;
    private final Map<Object, Integer> ids = new HashMap<>();
    private final Visited visited = new Visited();
    private final Visited checked = new Visited();
    private final Queue<Node<P>> frontier = new ArrayDeque<>();
    private int at;

    Explorer(World<P> first) {
        this.first = first;
    }

    Report explore() {
        Node<P> root =
                new Node<>(first, 0, first.actors.stream().mapToInt(this::id).toArray());
        visited.add(key(root), -1, 0);
        frontier.add(root);
        while (!frontier.isEmpty()) {
            Node<P> node = frontier.remove();
            try {
                visit(node);
            } catch (LawBroken broken) {
                return new Report(visited.size(), visited.steps(at), Optional.of(trace(at, broken)));
            }
        }
        return new Report(visited.size(), visited.steps(visited.size() - 1), Optional.empty());
    }

    private void visit(Node<P> node) {
        at = node.index;
        Successors<P> successors = new Successors<>(node.world);
        boolean last = true;
        while (successors.next()) {
            last = false;
            Node<P> next = next(node, successors.world);
            if (visited.add(key(next), node.index, successors.number)) {
                if (checked.add(tables(next.world), -1, 0)) {
                    at = next.index;
                    Laws.check(next.world);
                    at = node.index;
                }
                frontier.add(next);
            }
        }
        if (last) {
            settle(node.world);
        }
    }

    /** Law 2: where nothing is left to do and both streams are at the end of the log, a recompute is exact. */
    private static <P> void settle(World<P> world) {
        Cut end = world.kafka.end();
        if (!world.archived().cut().reaches(end) || !world.sped().cut().reaches(end)) {
            return;
        }
        for (LocalDate date :
                new TreeSet<>(world.kafka.events().stream().map(Event::day).toList())) {
            if (!world.day(date).sealed() && !world.day(date).held()) {
                World<P> quiet = world.copy();
                quiet.actors = List.of(Recompute.of("the last recompute", date));
                while (quiet.step(0, options -> 0)) {
                    Laws.check(quiet);
                }
                Laws.exact(quiet, date);
            }
        }
    }

    private Node<P> next(Node<P> node, World<P> world) {
        int[] actors = node.actors.clone();
        for (int i = 0; i < actors.length; i++) {
            if (world.actors.get(i) != node.world.actors.get(i)) {
                actors[i] = id(world.actors.get(i));
            }
        }
        return new Node<>(world, visited.size(), actors);
    }

    private long key(Node<P> node) {
        long key = mix(tables(node.world), id(node.world.folds));
        for (int actor : node.actors) {
            key = mix(key, actor);
        }
        return key == 0 ? 1 : key;
    }

    /** All that the laws speak of. */
    private long tables(World<P> world) {
        long key = mix(1, id(world.archive));
        key = mix(key, id(world.speed));
        key = mix(key, id(world.raw));
        key = mix(key, id(world.partials));
        key = mix(key, id(world.batch));
        return mix(key, id(world.days));
    }

    private int id(Table<?> table) {
        if (table.id == 0) {
            table.id = id((Object) table);
        }
        return table.id;
    }

    private int id(Object part) {
        Integer id = ids.get(part);
        if (id == null) {
            id = ids.size() + 1;
            ids.put(part, id);
        }
        return id;
    }

    /** The finalizer of splitmix64 over what came before and one more number. */
    private static long mix(long before, int id) {
        long z = before * 0x9e3779b97f4a7c15L + id;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    private String trace(int index, LawBroken broken) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = index; i > 0; i = visited.parents[i]) {
            numbers.add(visited.numbers[i]);
        }
        Collections.reverse(numbers);
        StringBuilder text = new StringBuilder();
        World<P> world = first;
        for (int number : numbers) {
            Successors<P> successors = new Successors<>(world);
            do {
                successors.next();
            } while (successors.number < number);
            text.append(Trace.step(world, successors.world)).append('\n');
            world = successors.world;
        }
        return text + broken.getMessage();
    }

    /** The worlds one step after another, each actor and each choice in turn. */
    private static final class Successors<P> {
        private final World<P> before;
        private final Choices choices = new Choices();
        private int actor = 0;
        private int number = 0;
        private World<P> world;

        Successors(World<P> before) {
            this.before = before;
            this.world = before;
        }

        boolean next() {
            while (actor < before.actors.size()) {
                world = before.copy();
                choices.rewind();
                number++;
                boolean moved = world.step(actor, choices);
                if (!choices.advance()) {
                    choices.clear();
                    actor++;
                }
                if (moved) {
                    return true;
                }
            }
            return false;
        }
    }

    /** All sequences of choices, in order, each found by replaying the step. */
    private static final class Choices implements Choice {
        private final int[] picked = new int[32];
        private final int[] options = new int[32];
        private int depth;
        private int known;

        @Override
        public int of(int count) {
            if (depth == known) {
                picked[known] = 0;
                options[known++] = count;
            }
            return picked[depth++];
        }

        void rewind() {
            depth = 0;
        }

        void clear() {
            known = 0;
        }

        boolean advance() {
            while (known > 0 && picked[known - 1] + 1 == options[known - 1]) {
                known--;
            }
            if (known > 0) {
                picked[known - 1]++;
            }
            return known > 0;
        }
    }

    /** Keys of visited worlds in open addressing, and how each was reached first. */
    private static final class Visited {
        private long[] keys = new long[1 << 16];
        private int[] parents = new int[1 << 15];
        private int[] numbers = new int[1 << 15];
        private int size;

        int size() {
            return size;
        }

        boolean add(long key, int parent, int number) {
            if (!insert(keys, key)) {
                return false;
            }
            if (size == parents.length) {
                parents = Arrays.copyOf(parents, size * 2);
                numbers = Arrays.copyOf(numbers, size * 2);
                long[] old = keys;
                keys = new long[old.length * 2];
                for (long k : old) {
                    if (k != 0) {
                        insert(keys, k);
                    }
                }
            }
            parents[size] = parent;
            numbers[size++] = number;
            return true;
        }

        int steps(int index) {
            int steps = 0;
            for (int i = index; i > 0; i = parents[i]) {
                steps++;
            }
            return steps;
        }

        private static boolean insert(long[] keys, long key) {
            int at = (int) key & (keys.length - 1);
            while (keys[at] != 0 && keys[at] != key) {
                at = (at + 1) & (keys.length - 1);
            }
            boolean isNew = keys[at] == 0;
            keys[at] = key;
            return isNew;
        }
    }
}
