package portway.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** One call of a client: {@code LINE SECONDS ADDRESS...}; the values are those of {@code bench/client}. */
record Turn(String line, long nanoseconds, String[] addresses) {
    static final String CACHE = "portway-bench";
    static final String TRANSACTIONAL_CACHE = "portway-bench-transactional";
    static final String STREAMED_CACHE = "portway-bench-streamed";
    static final String VALUE = "thirty-two bytes, as a token has";
    static final int KEYS = 10_000;
    static final int IN_FLIGHT = 1024;
    static final String QUERY = "SELECT id, name, amount FROM portway_bench";
    static final int ROWS = 1_000;
    static final int PAGE = 1_024;
    static final long ENTRIES = 200_000;

    /** The virtual machine compiles what it runs while it runs it: it is given this time at least. */
    private static final long LEAST_WARM_UP = TimeUnit.SECONDS.toNanos(3);

    static Turn of(String[] words) {
        long nanoseconds = (long) (Double.parseDouble(words[1]) * 1e9);
        return new Turn(words[0], nanoseconds, Arrays.copyOfRange(words, 2, words.length));
    }

    long warmUp() {
        return Math.max(nanoseconds / 5, LEAST_WARM_UP);
    }
}
