package dev.tideline.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "status")
final class StatusCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        return 0;
    }
}
