package portway.test;

import java.util.List;

import org.apache.ignite.compute.ComputeJob;
import org.apache.ignite.compute.ComputeJobResult;

/** Answers how many jobs of {@link SleepTask} were cancelled on the nodes of the group. */
public class CancelledSleepsTask extends Tasks<Integer> {
    @Override
    ComputeJob job(Object argument) {
        return new Job() {
            @Override
            public Object execute() {
                return SleepTask.CANCELLED.get();
            }
        };
    }

    @Override
    public Integer reduce(List<ComputeJobResult> results) {
        return Tasks.<Integer>data(results).stream().mapToInt(Integer::intValue).sum();
    }
}
