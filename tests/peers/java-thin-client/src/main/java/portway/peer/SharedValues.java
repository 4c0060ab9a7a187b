package portway.peer;

import static portway.peer.Facts.equal;

import java.math.BigDecimal;
import java.sql.Timestamp;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.ignite.client.ClientCache;
import org.apache.ignite.client.IgniteClient;

/** Values that every language writes into a cache of its own and reads from that of the others. */
final class SharedValues {
    private SharedValues() {}

    /** Must be the same as SHARED in tests/peers/pyignite/shared.py. */
    private static Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("byte", (byte) -7);
        values.put("short", (short) -700);
        values.put("int", 70_000);
        values.put("long", 7_000_000_000L);
        values.put("float", 0.5f);
        values.put("double", 0.1);
        values.put("boolean", true);
        values.put("string", "naïve ☃ 𝄞");
        values.put("uuid", UUID.fromString("01234567-89ab-cdef-0123-456789abcdef"));
        values.put("decimal", new BigDecimal("-12345678901234567890.125"));
        values.put("date", new Date(1_600_000_000_000L));
        values.put("timestamp", new Timestamp(1_600_000_000_000L));
        values.put("bytes", new byte[] {1, 2, -3});
        values.put("ints", new int[] {1, 2, -3});
        values.put("strings", new String[] {"a", "b", null});
        return values;
    }

    static void write(IgniteClient client, String language) {
        ClientCache<String, Object> cache = client.getOrCreateCache("shared-" + language);
        cache.putAll(values());
        equal("the shared values are written", values().size(), cache.size());
    }

    static void check(IgniteClient client, String language) {
        ClientCache<String, Object> cache = client.cache("shared-" + language);
        values().forEach((name, value) -> equal("reads the " + name + " that " + language + " wrote", value, cache.get(name)));
        equal("there is nothing else", values().size(), cache.size());
    }
}
