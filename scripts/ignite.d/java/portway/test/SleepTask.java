package portway.test;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.apache.ignite.IgniteException;
import org.apache.ignite.compute.ComputeJob;
import org.apache.ignite.compute.ComputeJobResult;

/** Sleeps so many milliseconds (a long) on each node of the group; answers how many slept to the end. */
public class SleepTask extends Tasks<Integer> {
    /** How many sleepers of this node were cancelled. */
    static final AtomicInteger CANCELLED = new AtomicInteger();

    @Override
    ComputeJob job(Object argument) {
        return new Job() {
            /** Looks for itself whether it is cancelled: a server interrupts a job only ten seconds later. */
            @Override
            public Object execute() {
                long end = System.nanoTime() + (Long)argument * 1_000_000;
                while (System.nanoTime() < end) {
                    if (isCancelled()) {
                        CANCELLED.incrementAndGet();
                        throw new IgniteException("the sleep was cancelled");
                    }
                    LockSupport.parkNanos(1_000_000);
                }
                return 1;
            }
        };
    }

    @Override
    public Integer reduce(List<ComputeJobResult> results) {
        return data(results).size();
    }
}
