package dev.tideline.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskStart;

/**
 * Kills executors of this driver, or stops them for a while so that their tasks run elsewhere as well, each in the middle of a
 * task of given work: by {@code spark.extraListeners}. What it does it says on standard output.
 */
public final class ExecutorFaults extends SparkListener {
    /** The setting that lists the faults, as {@link Fault#toString} writes them. */
    static final String FAULTS = "spark.tideline.test.faults";
    /** The local property that says what a job works for. */
    static final String WORK = "tideline.test.work";

    private static final int EXECUTORS = 2;

    /**
     * One fault.
     *
     * @param signal KILL, or STOP for {@code millis}
     * @param work whose task it meets, such as speed
     * @param after so many of its tasks
     */
    record Fault(String signal, int millis, String work, int after) {
        static Fault parse(String text) {
            String[] parts = text.split(" ");
            return new Fault(parts[0], Integer.parseInt(parts[1]), parts[2], Integer.parseInt(parts[3]));
        }

        @Override
        public String toString() {
            return signal + " " + millis + " " + work + " " + after;
        }
    }

    private final String driver;
    private final Deque<Fault> faults;
    private final Map<Integer, String> works = new HashMap<>();
    private final Map<String, Long> processes = new ConcurrentHashMap<>();
    private final Set<String> executors = new HashSet<>();
    private final ExecutorService hand = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "executor-faults");
        thread.setDaemon(true);
        return thread;
    });
    private int seen;
    private boolean busy;

    /** Called by Spark, by reflection. */
    public ExecutorFaults(SparkConf conf) {
        driver = "@" + conf.get("spark.driver.host") + ":" + conf.get("spark.driver.port") + " ";
        faults = Stream.of(conf.get(FAULTS).split(","))
                .map(Fault::parse)
                .collect(Collectors.toCollection(ArrayDeque::new));
    }

    @Override
    public synchronized void onExecutorAdded(SparkListenerExecutorAdded added) {
        String id = added.executorId();
        if (!id.equals("driver")) {
            processes.put(id, process(id));
            executors.add(id);
        }
    }

    @Override
    public synchronized void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
        executors.remove(removed.executorId());
        System.out.println("executor " + removed.executorId() + " is gone: " + removed.reason());
    }

    @Override
    public synchronized void onJobStart(SparkListenerJobStart job) {
        String work = job.properties().getProperty(WORK, "");
        job.stageInfos().foreach(stage -> works.put(stage.stageId(), work));
    }

    @Override
    public synchronized void onTaskStart(SparkListenerTaskStart task) {
        String work = works.getOrDefault(task.stageId(), "");
        if (task.taskInfo().speculative()) {
            System.out.println("speculated " + work);
        }
        Fault fault = faults.peek();
        if (fault == null || busy || executors.size() < EXECUTORS || !work.equals(fault.work())) {
            return;
        }
        if (++seen > fault.after()) {
            seen = 0;
            busy = true;
            faults.remove();
            String executor = task.taskInfo().executorId();
            if (fault.signal().equals("KILL")) {
                executors.remove(executor);
            }
            hand.execute(() -> happen(fault, executor));
        }
    }

    private void happen(Fault fault, String executor) {
        long process = processes.get(executor);
        signal(fault.signal(), process);
        System.out.println(fault.signal() + " of executor " + executor + " in a task of " + fault.work());
        try {
            Thread.sleep(fault.millis());
        } catch (InterruptedException e) {
            return;
        }
        if (fault.signal().equals("STOP")) {
            signal("CONT", process);
        }
        synchronized (this) {
            busy = false;
            if (faults.isEmpty()) {
                System.out.println("no more faults");
            }
        }
    }

    private static void signal(String signal, long process) {
        run("kill", "-" + signal, Long.toString(process));
    }

    private long process(String executor) {
        return run("ps", "-A", "-ww", "-o", "pid=,args=")
                .lines()
                .filter(line -> line.contains(driver) && line.contains(" --executor-id " + executor + " "))
                .filter(line -> !line.contains("spark-class")) // the shell that starts it
                .mapToLong(line -> Long.parseLong(line.strip().split(" ")[0]))
                .max()
                .orElseThrow();
    }

    private static String run(String... command) {
        try {
            Process process = new ProcessBuilder(List.of(command))
                    .redirectErrorStream(true)
                    .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
