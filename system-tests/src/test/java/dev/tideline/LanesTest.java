package dev.tideline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code bin/test} selects tests by the tags lane-b and lane-c; docs/TESTING.md says what each lane holds. */
class LanesTest {
    private static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern TEST =
            Pattern.compile("(?m)^ {4}@(Test|ParameterizedTest|RepeatedTest|TestFactory)\\b");
    private static final Pattern SERVERS =
            Pattern.compile("\\b(SparkSession|LakeSession|SharedSpark|EmbeddedKafka|EmbeddedS3|LocalStack)\\b");
    private static final Pattern TAG = Pattern.compile("@Tag\\((.*?)\\)");
    private static final Pattern OF_CLASS = Pattern.compile("(?m)^@Tag\\(\"lane-[bc]\"\\)");
    private static final Pattern OF_TEST = Pattern.compile("(?m)^ {4}@Tag\\(\"lane-[bc]\"\\)");

    @Test
    void everyIntegrationTestIsInALane() {
        assertThat(sources("IT.java"))
                .hasSizeGreaterThan(15)
                .allSatisfy(source -> assertThat(hasLane(source)).isTrue());
    }

    @Test
    void whatNeedsSparkKafkaOrS3IsNotInLaneAWhole() {
        assertThat(sources("Test.java").stream()
                        .filter(source -> SERVERS.matcher(source.text()).find())
                        .filter(source -> !source.name().equals("LanesTest.java")))
                .hasSizeGreaterThan(10)
                .allSatisfy(source -> assertThat(hasLane(source) || count(OF_TEST, source) > 0)
                        .isTrue());
    }

    @Test
    void thereAreNoOtherTags() {
        assertThat(sources(".java").stream()
                        .flatMap(source -> TAG.matcher(source.text()).results())
                        .map(found -> found.group(1))
                        .filter(tag -> !tag.startsWith("\\\"")))
                .isNotEmpty()
                .allMatch(tag -> tag.matches("\"lane-[bc]\""));
    }

    /** The class has one, or each of its tests. */
    private static boolean hasLane(Source source) {
        return OF_CLASS.matcher(source.text()).find() || count(OF_TEST, source) == count(TEST, source);
    }

    private static long count(Pattern pattern, Source source) {
        return pattern.matcher(source.text()).results().count();
    }

    private record Source(String name, String text) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static List<Source> sources(String end) {
        try (Stream<Path> modules = Files.list(CHECKOUT)) {
            return modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .flatMap(LanesTest::files)
                    .filter(file -> file.toString().endsWith(end))
                    .map(LanesTest::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Path> files(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Source read(Path file) {
        try {
            return new Source(file.getFileName().toString(), Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
