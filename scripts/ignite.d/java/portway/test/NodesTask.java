package portway.test;

import java.util.List;
import java.util.UUID;

import org.apache.ignite.compute.ComputeJob;
import org.apache.ignite.compute.ComputeJobResult;

/** Runs on each node of the group and answers the list of their ids. */
public class NodesTask extends Tasks<List<UUID>> {
    @Override
    ComputeJob job(Object argument) {
        return new Job() {
            @Override
            public Object execute() {
                return node();
            }
        };
    }

    @Override
    public List<UUID> reduce(List<ComputeJobResult> results) {
        return data(results);
    }
}
