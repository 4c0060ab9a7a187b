package portway.peer;

import static portway.peer.Facts.equal;
import static portway.peer.Facts.eventually;
import static portway.peer.Facts.fact;

import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.event.CacheEntryEvent;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import org.apache.ignite.cache.query.ContinuousQuery;
import org.apache.ignite.cache.query.QueryCursor;
import org.apache.ignite.cache.query.ScanQuery;
import org.apache.ignite.client.ClientCache;
import org.apache.ignite.client.IgniteClient;

/** Scans and continuous queries. */
final class QueryFacts {
    private final IgniteClient client;

    QueryFacts(IgniteClient client) {
        this.client = client;
    }

    void check() throws Exception {
        scans();
        continuousQueries();
    }

    private void scans() {
        ClientCache<Integer, Integer> cache = client.getOrCreateCache("java-scan");
        cache.clear();
        for (int key = 0; key < 100; key++)
            cache.put(key, key * key);

        Set<Integer> keys = new HashSet<>();
        try (QueryCursor<Cache.Entry<Integer, Integer>> cursor = cache.query(new ScanQuery<Integer, Integer>().setPageSize(7))) {
            for (Cache.Entry<Integer, Integer> entry : cursor) {
                if (entry.getValue() != entry.getKey() * entry.getKey())
                    throw new AssertionError("a scan mixed up " + entry);
                keys.add(entry.getKey());
            }
        }
        equal("a scan in pages finds every entry once", 100, keys.size());

        int found = 0;
        for (int partition = 0; partition < 1024; partition++)
            found += cache.query(new ScanQuery<Integer, Integer>().setPartition(partition)).getAll().size();
        equal("the partitions together hold every entry once", 100, found);

        try (QueryCursor<Cache.Entry<Integer, Integer>> cursor = cache.query(new ScanQuery<Integer, Integer>().setPageSize(1))) {
            cursor.iterator().next();
        }
        fact("a scan is closed before its end", true);
    }

    private void continuousQueries() throws Exception {
        ClientCache<Integer, String> cache = client.getOrCreateCache("java-listen");
        cache.clear();
        Queue<String> told = new ConcurrentLinkedQueue<>();
        ContinuousQuery<Integer, String> query = new ContinuousQuery<Integer, String>()
            .setLocalListener(events -> events.forEach(event -> told.add(describe(event))));
        query.setIncludeExpired(true);

        List<String> wanted = List.of("CREATED 1 null -> a", "UPDATED 1 a -> b", "REMOVED 1 b", "CREATED 2 null -> c", "EXPIRED 2 c");
        try (QueryCursor<?> ignored = cache.query(query)) {
            cache.put(1, "a");
            cache.put(1, "b");
            cache.remove(1);
            cache.withExpirePolicy(new CreatedExpiryPolicy(new Duration(TimeUnit.MILLISECONDS, 50))).put(2, "c");
            eventually("a listener is told five changes", () -> told.size() == wanted.size());
        }
        equal("a listener is told kinds, keys and values in order", wanted, List.copyOf(told));
        cache.put(3, "d");
        equal("a closed listener is told nothing", wanted.size(), told.size());
    }

    /** What is gone has only its old value: Java repeats it as the value. */
    private static String describe(CacheEntryEvent<? extends Integer, ? extends String> event) {
        String change = switch (event.getEventType()) {
            case CREATED, UPDATED -> event.getOldValue() + " -> " + event.getValue();
            case REMOVED, EXPIRED -> event.getOldValue();
        };
        return event.getEventType() + " " + event.getKey() + " " + change;
    }
}
