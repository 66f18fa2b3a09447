package dev.tideline.alerts.rule;

import dev.tideline.protocol.CannotException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The rules of all files of a folder, or the shipped ones. Files named {@code *.test.yaml} are tests of rules and not among
 * them. For one thread.
 */
public final class RuleFiles {
    private static final List<String> SHIPPED = List.of("broker.yaml", "clicks.yaml", "host.yaml", "pipeline.yaml");

    private final Optional<Path> folder;
    private Map<String, Entry> entries = new TreeMap<>();
    private List<RuleGroup> groups = List.of();
    private List<String> problems = List.of();

    private RuleFiles(Optional<Path> folder) {
        this.folder = folder;
    }

    /**
     * One file as it was last read.
     *
     * @param rules the last that could be read
     * @param problems as of the last try
     */
    private record Entry(Stamp stamp, String text, RuleFile rules, List<String> problems) {}

    /** By which it is seen that a file may have changed. */
    private record Stamp(FileTime modified, long size) {}

    /**
     * The rules of the {@code *.yaml} and {@code *.yml} files of {@code folder}; without one, the shipped rules.
     *
     * @throws CannotException when the folder cannot be read, or has no such file
     */
    public static RuleFiles of(Optional<Path> folder) {
        RuleFiles files = new RuleFiles(folder);
        if (folder.isEmpty()) {
            SHIPPED.forEach(files::readShipped);
            files.gather();
            return files;
        }
        try {
            if (list(folder.get()).isEmpty()) {
                throw new CannotException("Cannot use rules: there is no *.yaml file in " + folder.get());
            }
        } catch (IOException e) {
            throw new CannotException("Cannot read the rule files in " + folder.get() + ": " + why(e), e);
        }
        files.reload();
        return files;
    }

    /** Sound rules; of two groups of one name the one of the first file. */
    public List<RuleGroup> groups() {
        return groups;
    }

    /** What is wrong with the files as they are now, a line each. */
    public List<String> problems() {
        return problems;
    }

    /**
     * Reads again what has changed. A file that has a problem now keeps its earlier rules: what fires by a rule is not resolved by a
     * slip of the pen. One that is gone does not.
     *
     * @return whether rules or problems are others than before
     */
    public boolean reload() {
        if (folder.isEmpty()) {
            return false;
        }
        List<RuleGroup> groupsBefore = groups;
        List<String> problemsBefore = problems;
        try {
            Map<String, Entry> next = new TreeMap<>();
            for (Path file : list(folder.get())) {
                String name = String.valueOf(file.getFileName());
                next.put(name, read(file, name, Optional.ofNullable(entries.get(name))));
            }
            entries = next;
            gather();
        } catch (IOException e) {
            problems = List.of(folder.get() + ": cannot be read, its earlier rules stay: " + why(e));
        }
        return !groups.equals(groupsBefore) || !problems.equals(problemsBefore);
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f ->
                            f.toString().matches(".*\\.ya?ml") && !f.toString().matches(".*\\.test\\.ya?ml"))
                    .sorted()
                    .toList();
        }
    }

    private static Entry read(Path file, String name, Optional<Entry> before) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            Stamp stamp = new Stamp(attributes.lastModifiedTime(), attributes.size());
            if (before.isPresent() && before.get().stamp().equals(stamp)) {
                return before.get();
            }
            String text = Files.readString(file);
            if (before.isPresent() && before.get().text().equals(text)) {
                return new Entry(stamp, text, before.get().rules(), before.get().problems());
            }
            return entry(stamp, text, RuleFile.parse(name, text), before);
        } catch (IOException e) {
            return entry(
                    new Stamp(FileTime.fromMillis(0), -1),
                    "",
                    RuleFile.unreadable(name, "cannot be read: " + why(e)),
                    before);
        }
    }

    private static Entry entry(Stamp stamp, String text, RuleFile now, Optional<Entry> before) {
        boolean keeps = !now.problems().isEmpty()
                && before.isPresent()
                && !before.get().rules().groups().isEmpty();
        return keeps
                ? new Entry(
                        stamp,
                        text,
                        before.get().rules(),
                        now.problems().stream()
                                .map(problem -> problem + "; its earlier rules stay")
                                .toList())
                : new Entry(stamp, text, now, now.problems());
    }

    private void readShipped(String name) {
        try (InputStream in = RuleFiles.class.getResourceAsStream("/alerts/" + name)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            Stamp stamp = new Stamp(FileTime.fromMillis(0), text.length());
            entries.put(name, entry(stamp, text, RuleFile.parse(name, text), Optional.empty()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void gather() {
        List<RuleGroup> sound = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        Map<String, String> files = new HashMap<>();
        entries.forEach((name, entry) -> {
            wrong.addAll(entry.problems());
            for (RuleGroup group : entry.rules().groups()) {
                String other = files.putIfAbsent(group.name(), name);
                if (other == null) {
                    sound.add(group);
                } else {
                    wrong.add(name + ": group " + group.name() + ": name is \"" + group.name() + "\" (another name: "
                            + other + " has this group)");
                }
            }
        });
        groups = List.copyOf(sound);
        problems = List.copyOf(wrong);
    }

    private static String why(IOException e) {
        return e.getClass().getSimpleName() + " " + e.getMessage();
    }
}
