package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the README says, for tests that do it. */
final class Readme {
    static final Path HOME = Path.of("..").toAbsolutePath().normalize();

    private final String text;

    private Readme(String text) {
        this.text = text;
    }

    static Readme read() throws IOException {
        return read("README.md");
    }

    /** Another page of the repository. */
    static Readme read(String page) throws IOException {
        return new Readme(Files.readString(HOME.resolve(page)));
    }

    /** The first group of {@code pattern}, which is found once. */
    String only(String pattern) {
        List<String> found = all(pattern);
        assertThat(found).as(pattern).hasSize(1);
        return found.get(0);
    }

    /** The first group of {@code pattern}, wherever it is found. */
    List<String> all(String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(result -> result.group(1))
                .toList();
    }

    /** The first group of {@code pattern}, wherever it is found in the README and the pages of docs. */
    static List<String> everywhere(Pattern pattern) throws IOException {
        List<String> found = new ArrayList<>();
        List<Path> pages = new ArrayList<>(List.of(HOME.resolve("README.md")));
        try (Stream<Path> docs = Files.list(HOME.resolve("docs"))) {
            docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        for (Path page : pages) {
            pattern.matcher(Files.readString(page)).results().forEach(match -> found.add(match.group(1)));
        }
        return found;
    }
}
