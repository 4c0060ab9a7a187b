package portway.bench;

import java.lang.management.ManagementFactory;

import com.sun.management.OperatingSystemMXBean;

/** Wall and processor time of the process since its start. */
final class Stopwatch {
    private static final OperatingSystemMXBean SYSTEM =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final long started = System.nanoTime();
    private final long processorTime = SYSTEM.getProcessCpuTime();

    long nanoseconds() {
        return System.nanoTime() - started;
    }

    Outcome stop(long operations) {
        return new Outcome(operations, nanoseconds(), SYSTEM.getProcessCpuTime() - processorTime, null);
    }
}
