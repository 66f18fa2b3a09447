package dev.tideline.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.embedded.EmbeddedS3;
import dev.tideline.embedded.FaultyLine;
import dev.tideline.embedded.FaultyLine.Fault;
import dev.tideline.lake.LakeSession;
import dev.tideline.protocol.Causes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers of S3 that end too early, wherever that is: whoever asked asks again, and never takes a part for the whole. */
@Tag("lane-c")
class TornAnswersIT {
    private static final int STEP = Boolean.getBoolean("tideline.long") ? 1 : 11;
    /** More than any answer here has; whatever is torn there ends one byte early. */
    private static final int LONGEST = 700;

    @TempDir
    static java.nio.file.Path dir;

    /** One question, of which the first answer to {@code request} is torn. */
    private record Question(String request, Asked asked) {}

    private interface Asked {
        String answer(FileSystem fs, Path file) throws IOException;
    }

    private static final Map<String, Question> QUESTIONS = Map.of(
            "size",
                    new Question(
                            "HEAD",
                            (fs, file) -> Long.toString(fs.getFileStatus(file).getLen())),
            "content", new Question("GET", TornAnswersIT::content),
            "content after its size", new Question("HEAD", TornAnswersIT::content),
            "names",
                    new Question(
                            "GET",
                            (fs, file) -> Arrays.stream(fs.listStatus(file.getParent()))
                                    .map(found -> found.getPath().getName() + " " + found.getLen())
                                    .collect(Collectors.joining(" "))));

    @Test
    void noPartOfAnAnswerIsTakenForTheWhole() throws IOException {
        Map<String, Integer> wrong = new TreeMap<>();
        int asked = 0;
        int refused = 0;
        try (EmbeddedS3 s3 = EmbeddedS3.start(dir);
                FaultyLine line = FaultyLine.to(s3.endpoint())) {
            String bucket = s3.newBucket("torn");
            Configuration conf = new Configuration();
            LakeSession.reader().forEach((key, value) -> conf.set(key.replaceFirst("^spark\\.hadoop\\.", ""), value));
            s3.hadoopSettings(bucket).forEach(conf::set);
            conf.set("fs.s3a.bucket." + bucket + ".endpoint", line.endpoint());
            conf.set("fs.s3a.retry.interval", "10ms");
            Path file = new Path("s3a://" + bucket + "/log/1.json");
            try (FileSystem fs = FileSystem.newInstance(file.toUri(), conf)) {
                try (FSDataOutputStream out = fs.create(file)) {
                    out.write("{\"a\":\"one line of a few\"}\n".repeat(40).getBytes(StandardCharsets.UTF_8));
                }
                for (Map.Entry<String, Question> question : QUESTIONS.entrySet()) {
                    String right = question.getValue().asked().answer(fs, file);
                    int first = (int) (System.nanoTime() % STEP);
                    for (int at = first; at < LONGEST; at += STEP) {
                        line.tearAfter(at);
                        AtomicBoolean once = new AtomicBoolean();
                        String torn = question.getValue().request();
                        line.rule(request ->
                                request.startsWith(torn) && !once.getAndSet(true) ? Fault.TEAR_ANSWER : Fault.NONE);
                        String answer = right;
                        try {
                            answer = question.getValue().asked().answer(fs, file);
                        } catch (IOException passing) {
                            refused++;
                        } catch (RuntimeException e) {
                            answer = Causes.of(e).map(Object::toString).collect(Collectors.joining(" <- "));
                        }
                        line.rule(request -> Fault.NONE);
                        asked++;
                        // A size may be cut between its digits.
                        boolean shorter = torn.equals("HEAD") && !answer.isEmpty() && right.startsWith(answer);
                        if (!answer.equals(right) && !shorter) {
                            wrong.merge(question.getKey() + ": " + answer, 1, Integer::sum);
                        }
                    }
                }
            }
        }
        System.err.println("torn answers: " + asked + ", of which " + refused + " were said to be");
        assertThat(wrong).isEmpty();
    }

    private static String content(FileSystem fs, Path file) throws IOException {
        try (InputStream in = fs.open(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
