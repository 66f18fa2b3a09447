package dev.tideline.serve.http;

import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks questions that an answer can do without, for a second each: a service that is silent delays no answer. */
final class Aside implements AutoCloseable {
    private static final int AT_ONCE = 2;
    private static final int WAITING = 16;
    private static final long MILLIS = 1_000;

    private final ExecutorService asking =
            new ThreadPoolExecutor(AT_ONCE, AT_ONCE, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(WAITING), task -> {
                Thread thread = new Thread(task, "http-aside");
                thread.setDaemon(true);
                return thread;
            });

    /** What {@code question} gives; empty where that takes longer than a second, or too many wait already. */
    <T> Optional<T> ask(Callable<T> question) {
        Future<T> answer;
        try {
            answer = asking.submit(question);
        } catch (RejectedExecutionException e) {
            return Optional.empty();
        }
        try {
            return Optional.of(answer.get(MILLIS, TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            answer.cancel(false);
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        asking.shutdownNow();
    }
}
