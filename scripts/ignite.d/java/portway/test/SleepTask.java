package portway.test;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

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
            @Override
            public Object execute() {
                try {
                    Thread.sleep((Long)argument);
                    return 1;
                } catch (InterruptedException cancelled) {
                    CANCELLED.incrementAndGet();
                    throw new IgniteException("the sleep was cancelled", cancelled);
                }
            }
        };
    }

    @Override
    public Integer reduce(List<ComputeJobResult> results) {
        return data(results).size();
    }
}
