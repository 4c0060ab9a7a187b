package portway.bench;

import org.apache.ignite.Ignition;
import org.apache.ignite.client.ClientCache;
import org.apache.ignite.client.IgniteClient;
import org.apache.ignite.configuration.ClientConfiguration;

/** The smallest program of the Java thin client: what {@code ignite_hello} is for ours. */
public final class Hello {
    private Hello() {
    }

    public static void main(String[] addresses) {
        try (IgniteClient client = Ignition.startClient(new ClientConfiguration().setAddresses(addresses))) {
            ClientCache<Long, String> cache = client.getOrCreateCache("hello");
            cache.put(1L, "Hello, grid!");
            System.out.println(cache.get(1L));
        }
    }
}
