package portway.peer;

import static portway.peer.Facts.equal;
import static portway.peer.Facts.eventually;

import java.util.concurrent.TimeUnit;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.apache.ignite.client.ClientCache;
import org.apache.ignite.client.ClientCacheConfiguration;
import org.apache.ignite.client.IgniteClient;

/** Entries that end by themselves. */
final class ExpiryFacts {
    private static final Duration SHORT = new Duration(TimeUnit.MILLISECONDS, 700);

    private final IgniteClient client;

    ExpiryFacts(IgniteClient client) {
        this.client = client;
    }

    void check() throws Exception {
        ClientCache<Integer, String> cache = client.getOrCreateCache("java-expiry");
        cache.clear();
        cache.put(1, "stays");
        cache.withExpirePolicy(new CreatedExpiryPolicy(SHORT)).put(2, "goes");
        equal("an entry with a policy is there at first", "goes", cache.get(2));
        eventually("an entry with a policy expires", () -> cache.get(2) == null);
        equal("an entry without a policy stays", "stays", cache.get(1));

        ClientCacheConfiguration configuration = new ClientCacheConfiguration()
            .setName("java-expiry-by-cache")
            .setExpiryPolicy(new TouchedExpiryPolicy(SHORT));
        if (client.cacheNames().contains(configuration.getName()))
            client.destroyCache(configuration.getName());
        ClientCache<Integer, String> touched = client.getOrCreateCache(configuration);
        touched.put(1, "goes");
        eventually("an entry expires by its cache's policy", () -> touched.size() == 0);
        equal("a cache keeps its policy", SHORT,
            touched.getConfiguration().getExpiryPolicy().getExpiryForAccess());
    }
}
