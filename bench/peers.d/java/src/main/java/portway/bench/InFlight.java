package portway.bench;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongFunction;

/** Many chains of operations, each with one request at a time: a completion starts the next. */
final class InFlight {
    private final LongFunction<CompletionStage<?>> operation;
    private final LongAdder done = new LongAdder();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean over;

    private InFlight(LongFunction<CompletionStage<?>> operation) {
        this.operation = operation;
    }

    static Outcome measure(Turn turn, LongFunction<CompletionStage<?>> operation) throws Exception {
        InFlight flight = new InFlight(operation);
        for (int chain = 0; chain < Turn.IN_FLIGHT; chain++) {
            flight.next(chain);
        }
        flight.sleep(turn.warmUp());
        Stopwatch watch = new Stopwatch();
        long before = flight.done.sum();
        flight.sleep(turn.nanoseconds());
        Outcome outcome = watch.stop(flight.done.sum() - before);
        flight.over = true;
        return outcome;
    }

    private void next(long key) {
        operation.apply(key).whenComplete((value, error) -> {
            if (error != null) {
                failure.set(error);
            } else if (!over) {
                done.increment();
                next((key + 1) % Turn.KEYS);
            }
        });
    }

    private void sleep(long nanoseconds) throws Exception {
        Thread.sleep(nanoseconds / 1_000_000);
        if (failure.get() != null) {
            throw new IllegalStateException("an operation failed", failure.get());
        }
    }
}
