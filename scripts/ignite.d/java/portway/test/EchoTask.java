package portway.test;

import java.util.Collections;
import java.util.List;
import java.util.Map;

import org.apache.ignite.cluster.ClusterNode;
import org.apache.ignite.compute.ComputeJob;
import org.apache.ignite.compute.ComputeJobResult;

/** Answers its argument, by way of one node. */
public class EchoTask extends Tasks<Object> {
    @Override
    public Map<? extends ComputeJob, ClusterNode> map(List<ClusterNode> nodes, Object argument) {
        return Collections.singletonMap(job(argument), nodes.get(0));
    }

    @Override
    ComputeJob job(Object argument) {
        return new Job() {
            @Override
            public Object execute() {
                return argument;
            }
        };
    }

    @Override
    public Object reduce(List<ComputeJobResult> results) {
        return results.get(0).getData();
    }
}
