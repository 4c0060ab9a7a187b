package portway.peer;

import static org.apache.ignite.transactions.TransactionConcurrency.OPTIMISTIC;
import static org.apache.ignite.transactions.TransactionConcurrency.PESSIMISTIC;
import static org.apache.ignite.transactions.TransactionIsolation.REPEATABLE_READ;
import static org.apache.ignite.transactions.TransactionIsolation.SERIALIZABLE;
import static portway.peer.Facts.equal;
import static portway.peer.Facts.fact;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.ignite.cache.CacheAtomicityMode;
import org.apache.ignite.client.ClientCache;
import org.apache.ignite.client.ClientCacheConfiguration;
import org.apache.ignite.client.ClientException;
import org.apache.ignite.client.ClientTransaction;
import org.apache.ignite.client.IgniteClient;

/** Transactions of both kinds. */
final class TransactionFacts {
    private final IgniteClient client;
    private final ClientCache<Integer, String> cache;

    TransactionFacts(IgniteClient client) {
        this.client = client;
        cache = client.getOrCreateCache(new ClientCacheConfiguration()
            .setName("java-transactions")
            .setAtomicityMode(CacheAtomicityMode.TRANSACTIONAL));
    }

    void check() throws Exception {
        ends();
        conflicts();
        limits();
    }

    private void ends() throws Exception {
        cache.putAll(Map.of(1, "a", 2, "b"));
        try (ClientTransaction transaction = client.transactions().txStart(PESSIMISTIC, REPEATABLE_READ)) {
            cache.put(1, "changed");
            cache.remove(2);
            equal("a transaction sees its own changes", "changed", cache.get(1));
            equal("nobody else sees them", "a", CompletableFuture.supplyAsync(() -> cache.get(1)).get());
            transaction.rollback();
        }
        equal("what is rolled back never was", Map.of(1, "a", 2, "b"), cache.getAll(java.util.Set.of(1, 2)));
        try (ClientTransaction ignored = client.transactions().txStart(OPTIMISTIC, REPEATABLE_READ)) {
            cache.put(1, "forgotten");
        }
        equal("a transaction that is closed is rolled back", "a", cache.get(1));
        try (ClientTransaction transaction = client.transactions().withLabel("java").txStart()) {
            cache.put(1, "changed");
            cache.remove(2);
            transaction.commit();
        }
        equal("what is committed stays", "changed", cache.get(1));
        equal("what it removed is gone", null, cache.get(2));
    }

    private void conflicts() throws Exception {
        cache.put(3, "first");
        try (ClientTransaction transaction = client.transactions().txStart(OPTIMISTIC, SERIALIZABLE)) {
            cache.get(3);
            cache.put(4, "depends on 3");
            CompletableFuture.runAsync(() -> cache.put(3, "second")).get();
            fact("who read what was changed since cannot commit", fails(transaction::commit));
        }
        equal("nothing of it is there", null, cache.get(4));
    }

    private void limits() throws Exception {
        try (ClientTransaction transaction = client.transactions().txStart(PESSIMISTIC, REPEATABLE_READ, 100)) {
            cache.put(5, "late");
            Thread.sleep(300);
            fact("a transaction whose time is over cannot commit", fails(transaction::commit));
        }
        equal("its changes are gone", null, cache.get(5));
        try (ClientTransaction ignored = client.transactions().txStart()) {
            fact("a thread has one transaction", fails(() -> client.transactions().txStart()));
        }
    }

    private static boolean fails(Runnable action) {
        try {
            action.run();
            return false;
        } catch (ClientException e) {
            return true;
        }
    }
}
