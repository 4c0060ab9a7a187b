package portway.peer;

import static portway.peer.Facts.equal;
import static portway.peer.Facts.fact;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.ignite.cache.CacheAtomicityMode;
import org.apache.ignite.cache.QueryEntity;
import org.apache.ignite.cache.QueryIndex;
import org.apache.ignite.client.ClientCache;
import org.apache.ignite.client.ClientCacheConfiguration;
import org.apache.ignite.client.ClientException;
import org.apache.ignite.client.IgniteClient;

/** Caches and the key-value operations. */
final class CacheFacts {
    private final IgniteClient client;

    CacheFacts(IgniteClient client) {
        this.client = client;
    }

    void check() {
        configuration();
        keyValue();
        severalKeys();
        lifecycle();
    }

    private void configuration() {
        QueryEntity entity = new QueryEntity("java.lang.String", "Person")
            .setTableName("JAVA_PERSON")
            .setFields(new LinkedHashMap<>(Map.of("name", "java.lang.String")))
            .addQueryField("age", "java.lang.Integer", "YEARS")
            .setIndexes(List.of(new QueryIndex("age", false)))
            .setFieldsPrecision(Map.of("name", 50));
        ClientCacheConfiguration wanted = new ClientCacheConfiguration()
            .setName("java-configured")
            .setAtomicityMode(CacheAtomicityMode.TRANSACTIONAL)
            .setBackups(2)
            .setSqlSchema("PEOPLE")
            .setQueryEntities(entity);

        ClientCacheConfiguration found = client.getOrCreateCache(wanted).getConfiguration();

        equal("a configured cache keeps its atomicity", CacheAtomicityMode.TRANSACTIONAL, found.getAtomicityMode());
        equal("a configured cache keeps its backups", 2, found.getBackups());
        equal("a configured cache keeps its schema", "PEOPLE", found.getSqlSchema());
        QueryEntity returned = found.getQueryEntities()[0];
        equal("a query entity keeps its fields", entity.getFields(), returned.getFields());
        equal("a query entity keeps its table", "JAVA_PERSON", returned.getTableName());
        equal("a query entity keeps its alias", "YEARS", returned.getAliases().get("age"));
        equal("a query entity keeps a field's precision", 50, returned.getFieldsPrecision().get("name"));
        QueryIndex index = returned.getIndexes().iterator().next();
        equal("an index keeps its direction", Map.of("age", false), index.getFields());
    }

    private void keyValue() {
        ClientCache<Integer, String> cache = client.getOrCreateCache("java-key-value");
        cache.clear();
        equal("a missing key is null", null, cache.get(1));
        cache.put(1, "one");
        equal("a value comes back", "one", cache.get(1));
        equal("a key is contained", true, cache.containsKey(1));
        equal("put if absent leaves what is there", false, cache.putIfAbsent(1, "two"));
        equal("get and put answers the old value", "one", cache.getAndPut(1, "two"));
        equal("get and put if absent answers the value", "two", cache.getAndPutIfAbsent(1, "three"));
        equal("replace finds the key", true, cache.replace(1, "three"));
        equal("replace if equals refuses another value", false, cache.replace(1, "two", "four"));
        equal("replace if equals takes the value", true, cache.replace(1, "three", "four"));
        equal("get and replace answers the old value", "four", cache.getAndReplace(1, "five"));
        equal("remove if equals refuses another value", false, cache.remove(1, "four"));
        equal("get and remove answers the value", "five", cache.getAndRemove(1));
        equal("remove of a missing key is false", false, cache.remove(1));
        equal("an empty cache has no entries", 0, cache.size());
    }

    private void severalKeys() {
        ClientCache<Integer, String> cache = client.getOrCreateCache("java-key-value");
        Map<Integer, String> values = new TreeMap<>();
        for (int key = 0; key < 1000; key++)
            values.put(key, "value " + key);
        cache.putAll(values);
        equal("put all and get all agree", values, new TreeMap<>(cache.getAll(values.keySet())));
        equal("contains keys wants all", false, cache.containsKeys(Set.of(1, 5000)));
        cache.removeAll(Set.of(1, 2));
        cache.clearAll(Set.of(3));
        equal("size counts the entries", 997, cache.size());
        cache.removeAll();
        equal("remove all removes all", 0, cache.size());
    }

    private void lifecycle() {
        client.getOrCreateCache("java-short-lived").put("a", 1);
        fact("a cache is listed", client.cacheNames().contains("java-short-lived"));
        client.destroyCache("java-short-lived");
        fact("a destroyed cache is not listed", !client.cacheNames().contains("java-short-lived"));
        try {
            client.cache("java-short-lived").get("a");
            throw new AssertionError("a destroyed cache still answers");
        } catch (ClientException e) {
            fact("a destroyed cache is an error", e.getMessage().contains("does not exist"));
        }
        try {
            client.createCache("java-key-value");
            throw new AssertionError("a cache was created twice");
        } catch (ClientException e) {
            fact("a cache is created only once", e.getMessage().contains("already started"));
        }
    }
}
