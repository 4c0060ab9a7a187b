package portway.bench;

import java.util.Arrays;

/** One operation after the other, each timed: the first ones warm up. */
final class OneAtATime {
    /** Carries out one operation and returns the {@link System#nanoTime} of its end. */
    interface Operation {
        long carryOut(long key) throws Exception;
    }

    private static final int LEAST_CAPACITY = 1 << 16;

    private long[] times = new long[LEAST_CAPACITY];
    private int count;
    private long key;

    static Outcome measure(Turn turn, Operation operation) throws Exception {
        return new OneAtATime().run(turn, operation);
    }

    private Outcome run(Turn turn, Operation operation) throws Exception {
        Stopwatch warmUp = new Stopwatch();
        while (warmUp.nanoseconds() < turn.warmUp()) {
            step(operation);
        }
        count = 0;
        Stopwatch watch = new Stopwatch();
        while (watch.nanoseconds() < turn.nanoseconds()) {
            step(operation);
        }
        return watch.stop(count).withMedian(median());
    }

    private void step(Operation operation) throws Exception {
        key = (key + 1) % Turn.KEYS;
        long start = System.nanoTime();
        add(operation.carryOut(key) - start);
    }

    private void add(long time) {
        if (count == times.length) {
            times = Arrays.copyOf(times, 2 * count);
        }
        times[count++] = time;
    }

    private double median() {
        long[] sorted = Arrays.copyOf(times, count);
        Arrays.sort(sorted);
        return sorted[count / 2] / 1e3;
    }
}
