package dev.tideline.app.process;

import dev.tideline.alerts.evaluate.Evaluator;
import dev.tideline.alerts.rule.RuleGroup;
import dev.tideline.app.config.Config;
import dev.tideline.app.output.Console;
import dev.tideline.lake.Lake;
import dev.tideline.notify.Notifier;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The evaluator of alerts on a thread of its own, and the notifier where there are channels. */
public final class LocalAlerts implements AutoCloseable {
    private static final long TO_END_MILLIS = 20_000;

    private final Evaluator evaluator;
    private final Optional<Notifier> notifier;
    private final Thread thread;
    private volatile Optional<Throwable> failure = Optional.empty();
    private boolean closed;

    private LocalAlerts(Evaluator evaluator, Optional<Notifier> notifier) {
        this.evaluator = evaluator;
        this.notifier = notifier;
        this.thread = new Thread(this::run, "tideline-alerts");
        thread.setDaemon(true);
    }

    /** Starts evaluating, and delivering where {@code deliver} and the configuration names channels. */
    public static LocalAlerts start(Lake lake, Config config, Console console, boolean deliver) {
        Supplier<List<RuleGroup>> rules = AlertFiles.rules(config, console);
        int count = rules.get().stream().mapToInt(group -> group.rules().size()).sum();
        Evaluator evaluator = new Evaluator(lake, rules, config.requireKafka(), config.alertTopic());
        Optional<Notifier> notifier =
                config.alertChannels().filter(file -> deliver).map(file -> AlertFiles.notifier(config, console));
        console.say("evaluating " + count + " alert rules");
        LocalAlerts running = new LocalAlerts(evaluator, notifier);
        running.thread.start();
        return running;
    }

    private void run() {
        try {
            evaluator.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable e) {
            failure = Optional.of(e);
        }
    }

    /**
     * Whether it still evaluates.
     *
     * @throws IllegalStateException when it cannot go on
     */
    public boolean isActive() {
        if (failure.isPresent()) {
            throw new IllegalStateException("alerts are no longer evaluated", failure.get());
        }
        return thread.isAlive();
    }

    /** Until it is stopped, or cannot go on. */
    public void await() throws InterruptedException {
        thread.join();
        if (failure.isPresent()) {
            throw new IllegalStateException("alerts are no longer evaluated", failure.get());
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        thread.interrupt();
        try {
            thread.join(TO_END_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        evaluator.close();
        notifier.ifPresent(Notifier::close);
    }
}
