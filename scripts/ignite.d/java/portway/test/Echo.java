package portway.test;

import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.apache.ignite.Ignite;
import org.apache.ignite.resources.IgniteInstanceResource;
import org.apache.ignite.resources.ServiceContextResource;
import org.apache.ignite.services.Service;
import org.apache.ignite.services.ServiceCallContext;
import org.apache.ignite.services.ServiceContext;

/** A service that gives back what it gets. Deployed as {@code portway.single} and {@code portway.everywhere}. */
public class Echo implements Service {
    private static final long serialVersionUID = 1L;

    @IgniteInstanceResource
    private transient Ignite ignite;

    @ServiceContextResource
    private transient ServiceContext context;

    /** The node that the call runs on. */
    public UUID node() {
        return ignite.cluster().localNode().id();
    }

    public String echo(String text) {
        return text;
    }

    public Object any(Object value) {
        return value;
    }

    public List<?> list(List<?> values) {
        return values;
    }

    public Map<?, ?> map(Map<?, ?> entries) {
        return entries;
    }

    public int sum(int[] values) {
        int sum = 0;
        for (int value : values) {
            sum += value;
        }
        return sum;
    }

    public String describe(String name, int age, boolean active, double weight, UUID id) {
        return name + "/" + age + "/" + active + "/" + weight + "/" + id;
    }

    /** One name, two methods: null belongs to neither unless the types are told. */
    public String overloaded(String value) {
        return "string";
    }

    public String overloaded(Integer value) {
        return "integer";
    }

    /** What the caller sent along under this name; null if nothing. */
    public String attribute(String name) {
        ServiceCallContext call = context.currentCallContext();
        return call == null ? null : call.attribute(name);
    }

    public void fail(String message) {
        throw new IllegalArgumentException(message);
    }

    public long sleep(long milliseconds) throws InterruptedException {
        Thread.sleep(milliseconds);
        return milliseconds;
    }
}
