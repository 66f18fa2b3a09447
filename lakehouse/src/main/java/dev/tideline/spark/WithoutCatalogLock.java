package dev.tideline.spark;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Runs a task without the lock of Spark's catalog, which its caller may hold.
 *
 * <p>Spark looks up a table function while it holds its session's catalog. To resolve a view, Delta's snapshots are read,
 * whose lock another thread of the session may hold while it waits for that same catalog: both would wait for ever.
 */
public final class WithoutCatalogLock {
    private static final long MILLIS = 20;

    private WithoutCatalogLock() {}

    /** The result of {@code task}, run on another thread while this one gives {@code lock} up, if it holds it. */
    public static <T> T call(Object lock, Supplier<T> task) {
        if (!Thread.holdsLock(lock)) {
            return task.get();
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread worker = new Thread(() -> complete(result, lock, task), "tideline-view");
        worker.setDaemon(true);
        worker.start();
        try {
            synchronized (lock) {
                while (!result.isDone()) {
                    lock.wait(MILLIS); // gives the lock up however often this thread holds it
                }
            }
            return result.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a view was resolved", e);
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static <T> void complete(CompletableFuture<T> result, Object lock, Supplier<T> task) {
        try {
            result.complete(task.get());
        } catch (Throwable e) {
            result.completeExceptionally(e);
        }
        synchronized (lock) {
            lock.notifyAll();
        }
    }
}
