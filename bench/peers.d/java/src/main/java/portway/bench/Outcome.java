package portway.bench;

/** What a client did while it measured; the median only where single operations were timed. */
record Outcome(long operations, long nanoseconds, long processorNanoseconds, Double medianMicroseconds) {
    static final Outcome NONE = new Outcome(0, 0, 0, null);

    Outcome plus(Outcome other) {
        return new Outcome(operations + other.operations, nanoseconds + other.nanoseconds,
            processorNanoseconds + other.processorNanoseconds, null);
    }

    Outcome withMedian(double microseconds) {
        return new Outcome(operations, nanoseconds, processorNanoseconds, microseconds);
    }

    void print() {
        System.out.printf("{\"operations\": %d, \"seconds\": %s, \"cpu_seconds\": %s, \"p50_microseconds\": %s}%n",
            operations, nanoseconds / 1e9, processorNanoseconds / 1e9, medianMicroseconds);
    }
}
