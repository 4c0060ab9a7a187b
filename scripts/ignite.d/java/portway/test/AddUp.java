package portway.test;

import java.util.Collection;
import java.util.Map;

import org.apache.ignite.IgniteCache;
import org.apache.ignite.stream.StreamReceiver;

/** Receives streamed {@code long} values and adds each to what its key has. */
public class AddUp implements StreamReceiver<Object, Object> {
    private static final long serialVersionUID = 1L;

    @Override
    public void receive(IgniteCache<Object, Object> cache, Collection<Map.Entry<Object, Object>> entries) {
        for (Map.Entry<Object, Object> entry : entries) {
            cache.invoke(entry.getKey(), new Add(), entry.getValue());
        }
    }
}
