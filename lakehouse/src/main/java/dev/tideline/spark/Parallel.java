package dev.tideline.spark;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Independent tasks at the same time, so that the commit of one overlaps the rows of another. */
public final class Parallel {
    private Parallel() {}

    /** Runs {@code task} for each item at once; waits for all, and throws the first failure. */
    public static <T> void forEach(List<T> items, Consumer<T> task) {
        forEach(items, items.size(), task);
    }

    /** The same for at most {@code atOnce} items at the same time. */
    public static <T> void forEach(List<T> items, int atOnce, Consumer<T> task) {
        ExecutorService executor = Executors.newFixedThreadPool(Math.max(1, atOnce));
        try {
            CompletableFuture.allOf(items.stream()
                            .map(item -> CompletableFuture.runAsync(() -> task.accept(item), executor))
                            .toArray(CompletableFuture[]::new))
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        } finally {
            executor.shutdown();
        }
    }
}
