package portway.test;

import java.util.List;

import org.apache.ignite.IgniteException;
import org.apache.ignite.compute.ComputeJob;
import org.apache.ignite.compute.ComputeJobResult;
import org.apache.ignite.compute.ComputeJobResultPolicy;

/** Fails on a node with the message it is given. */
public class FailTask extends Tasks<Object> {
    @Override
    ComputeJob job(Object argument) {
        return new Job() {
            @Override
            public Object execute() {
                throw new IgniteException(String.valueOf(argument));
            }
        };
    }

    /** The first failure is the task's: it is not tried on another node. */
    @Override
    public ComputeJobResultPolicy result(ComputeJobResult result, List<ComputeJobResult> received) {
        if (result.getException() != null) {
            throw result.getException();
        }
        return ComputeJobResultPolicy.WAIT;
    }

    @Override
    public Object reduce(List<ComputeJobResult> results) {
        return null;
    }
}
