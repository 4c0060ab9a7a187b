package portway.test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.apache.ignite.Ignite;
import org.apache.ignite.cluster.ClusterNode;
import org.apache.ignite.compute.ComputeJob;
import org.apache.ignite.compute.ComputeJobAdapter;
import org.apache.ignite.compute.ComputeJobResult;
import org.apache.ignite.compute.ComputeTaskAdapter;
import org.apache.ignite.resources.IgniteInstanceResource;

/** What the tasks have in common: one job on each node of the group, and a list of the jobs' results. */
abstract class Tasks<R> extends ComputeTaskAdapter<Object, R> {
    @Override
    public Map<? extends ComputeJob, ClusterNode> map(List<ClusterNode> nodes, Object argument) {
        Map<ComputeJob, ClusterNode> jobs = new HashMap<>();
        for (ClusterNode node : nodes) {
            jobs.put(job(argument), node);
        }
        return jobs;
    }

    abstract ComputeJob job(Object argument);

    static <T> List<T> data(List<ComputeJobResult> results) {
        List<T> data = new ArrayList<>();
        for (ComputeJobResult result : results) {
            data.add(result.getData());
        }
        return data;
    }

    /** A job that knows its node. */
    abstract static class Job extends ComputeJobAdapter {
        @IgniteInstanceResource
        transient Ignite ignite;

        UUID node() {
            return ignite.cluster().localNode().id();
        }
    }
}
