package portway.peer;

import java.util.Objects;
import java.util.concurrent.Callable;

/** Checks facts and prints those that are true. */
final class Facts {
    private Facts() {}

    static void fact(String words, boolean isTrue) {
        if (!isTrue)
            throw new AssertionError(words);
        System.out.println("java: " + words);
    }

    static void equal(String words, Object expected, Object found) {
        if (!Objects.deepEquals(expected, found))
            throw new AssertionError(words + ": expected " + expected + ", found " + found);
        System.out.println("java: " + words);
    }

    /** Waits up to ten seconds until something becomes true. */
    static void eventually(String words, Callable<Boolean> isTrue) throws Exception {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!isTrue.call()) {
            if (System.nanoTime() > deadline)
                throw new AssertionError(words + " (waited 10 s)");
            Thread.sleep(5);
        }
        System.out.println("java: " + words);
    }
}
