package dev.tideline.app.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tideline.app.Tideline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only reads ledgers loads no class of Spark; each command runs in a JVM of its own, on a lake of three commits. */
@Tag("lane-b")
class WithoutSparkTest {
    private static final String CUT = "[{'topic':'ad-clicks','topic_id':'id','partition':0,'offset':%d}]";
    private static final String PROGRESS = """
            {'progress':{'seq':1,'run':'r','from':%s,'cut':%s,'origin':%s,'owners':{'spans':[{'run':'r','first':1,'last':1}]}},
            'counts':{'consumed':7,'accepted':6,'rejected':1},'policy':'p','rollups':{},'introduced':{},'driver':'host:1',
            'run_started_at':'2026-11-20T09:59:00Z','recorded_at':'2026-11-20T10:00:00Z'}""".formatted(CUT.formatted(0), CUT.formatted(7), CUT.formatted(0));
    private static final String DAY = """
            {'feed':'clicks','day':'2026-11-20','number':%d,'writer':'w%d','entry':{'kind':'published','generation':'%s',
            'horizon':{'seq':1,'cut':%s}},'counts':{'events':6},'rollups':{},'policy':'p','code':'c','at':'2026-11-21T03:15:00Z'}""";
    private static final String TRANSITION = """
            {'key':'k','kind':'FIRING','group':'g','alert':'ClickSpike','labels':{'ad_id':'7'},'annotations':{'summary':'many, many'},
            'value':12.5,'starts_at':'2026-11-20T10:00:00Z','at':'2026-11-20T10:01:00.5Z','completeness':1.0,'provisional':true}""";
    private static final String ALERTS = """
            {'number':1,'writer':'w','driver':'host:2','at':'2026-11-20T10:01:00Z','told':1,'rules':[],'transitions':[%s],
            'active':[%s],'restatements':[],'generations':{}}""".formatted(TRANSITION, TRANSITION);

    @TempDir
    private Path lake;

    @Test
    void status() throws Exception {
        writeLake();

        String all = run("status");
        String json = run("status", "--format", "json", "--feed", "clicks");

        assertThat(all)
                .contains("clicks (topic ad-clicks)")
                .contains("metrics (topic metrics)")
                .contains("lag unknown: kafka.bootstrap.servers is not set")
                .containsPattern("archive +1 +2026-11-20T10:00:00Z")
                .contains("the archive covers speed cuts up to seq 1, the last one");
        assertThat(json)
                .startsWith(
                        "{\"feed\":\"clicks\",\"topic\":\"ad-clicks\",\"kafka\":\"kafka.bootstrap.servers is not set\",")
                .contains("\"stream\":\"speed\",\"seq\":1,\"driver\":\"host:1\"")
                .contains("\"recent\":{\"accepted\":6,\"consumed\":7,\"rejected\":1}")
                .contains("\"day\":\"2026-11-20\",\"generation\":\"g2\"")
                .contains("\"generations\":[\"g1\",\"g2\"]")
                .doesNotContain("metrics");
    }

    @Test
    void alerts() throws Exception {
        writeLake();

        assertThat(run("alerts", "list", "--format", "csv")).contains("""
                starts_at,group,alert,labels,value,provisional,summary,key
                2026-11-20 10:00:00,g,ClickSpike,"{""ad_id"":""7""}",12.5,true,"many, many",k
                """);
        assertThat(run("alerts", "history", "--from", "2026-11-20", "--format", "json"))
                .contains(
                        "{\"at\":\"2026-11-20T10:01:00.500Z\",\"kind\":\"firing\",\"group\":\"g\",\"alert\":\"ClickSpike\","
                                + "\"labels\":{\"ad_id\":\"7\"},\"value\":12.5,\"starts_at\":\"2026-11-20T10:00:00.000Z\","
                                + "\"ends_at\":null,\"completeness\":1.0,\"provisional\":true,\"restated\":null,\"key\":\"k\"}");
        assertThat(run("alerts", "history", "--from", "2026-11-21")).doesNotContain("ClickSpike");
    }

    @Test
    void rollbackThatOnlySaysWhatItWouldDo() throws Exception {
        writeLake();

        assertThat(run("rollback", "--feed", "clicks", "--date", "2026-11-20", "--generation", "g1", "--dry-run"))
                .contains("clicks 2026-11-20: would go back to g1 (horizon seq 1, 6 events, published"
                        + " 2026-11-21T03:15:00Z), shows g2 now");
        assertThat(run("rollback", "--feed", "clicks", "--date", "2026-11-20", "--generation", "g3", "--dry-run"))
                .contains("Cannot roll clicks of 2026-11-20 back to g3: there is no generation g3 of this day"
                        + " (there are g1, g2)");
    }

    /** Spark analyses the queries of rules, without being started. */
    @Test
    void alertsCheck() throws Exception {
        assertThat(without("org\\.apache\\.spark\\.executor\\.Executor", "alerts", "check"))
                .contains("ClickSpike >= ");
    }

    @Test
    void help() throws Exception {
        assertThat(run("--help")).contains("quickstart");
        assertThat(run("--version")).contains("Spark 4.");
    }

    private void writeLake() throws IOException {
        ledger("progress/clicks-archive", PROGRESS);
        ledger("progress/clicks-speed", PROGRESS);
        ledger("days", DAY.formatted(1, 1, "g1", CUT.formatted(7)), DAY.formatted(2, 2, "g2", CUT.formatted(7)));
        ledger("alerts", ALERTS);
    }

    /** A Delta log with a record in each commit's metadata; its rows are not needed. */
    private void ledger(String table, String... records) throws IOException {
        Path log = Files.createDirectories(lake.resolve(table).resolve("_delta_log"));
        for (int i = 0; i < records.length; i++) {
            String record = records[i].replace("\n", "").replace("'", "\\\"");
            Files.writeString(
                    log.resolve("%020d.json".formatted(i)),
                    "{\"commitInfo\":{\"userMetadata\":\"" + record + "\"}}\n"
                            + "{\"txn\":{\"appId\":\"a\",\"version\":" + (i + 1) + "}}\n");
        }
    }

    /** What a command says, once it is seen that it loaded nothing of Spark's. */
    private String run(String... args) throws IOException, InterruptedException {
        return without("(org\\.apache\\.spark(?!\\.sql\\.SparkSession )|scala|io\\.delta\\.(sql|tables))\\..*", args);
    }

    /** What a command says, once it is seen that it loaded no class of these names. */
    private String without(String classesOfSpark, String... args) throws IOException, InterruptedException {
        Path classes = lake.resolveSibling(lake.getFileName() + ".classes");
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-Duser.timezone=UTC",
                "-Xlog:class+load:file=" + classes,
                "-cp",
                System.getProperty("java.class.path"),
                Tideline.class.getName()));
        command.addAll(List.of(args));
        if (!args[0].startsWith("--")) {
            command.addAll(List.of("--set", "lake=" + lake));
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("TIDELINE_"));
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(out).isTrue();
        assertThat(Files.readAllLines(classes).stream()
                        .filter(line -> line.matches(".*\\] " + classesOfSpark + " .*"))
                        .limit(10))
                .as(out)
                .isEmpty();
        return out;
    }
}
