package portway.golden;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.ignite.internal.binary.BinaryEnumObjectImpl;
import portway.golden.Classes.Address;
import portway.golden.Classes.Colour;
import portway.golden.Classes.Node;

/** The values that are written, by name. */
final class Values {
    private final Map<String, Object> values = new LinkedHashMap<>();

    private Values() {}

    static Timestamp timestamp(long milliseconds, int nanoseconds) {
        Timestamp timestamp = new Timestamp(milliseconds);
        timestamp.setNanos(nanoseconds);
        return timestamp;
    }

    static Map<String, Object> all(Marshaller marshaller) {
        Values all = new Values();
        all.numbers();
        all.texts();
        all.times();
        all.arrays();
        all.containers();
        all.objects();
        all.built(marshaller);
        return all.values;
    }

    private void numbers() {
        values.put("null", null);
        values.put("byte", Byte.MIN_VALUE);
        values.put("short", Short.MIN_VALUE);
        values.put("int", Integer.MIN_VALUE);
        values.put("long", Long.MIN_VALUE);
        values.put("float", Float.NaN);
        values.put("float-negative-zero", -0.0f);
        values.put("double", Double.NEGATIVE_INFINITY);
        values.put("boolean", true);
        values.put("decimal", new BigDecimal("12.50"));
        values.put("decimal-zero", new BigDecimal("0.00"));
        values.put("decimal-negative", new BigDecimal("-1E-7"));
        values.put("decimal-high-bit", new BigDecimal(BigInteger.valueOf(255), -3));
        values.put("decimal-large", new BigDecimal("-12345678901234567890123456789012345678901234567890.5"));
    }

    private void texts() {
        values.put("char", '€');
        values.put("string", "naïve ☃ 𝄞");
        values.put("string-empty", "");
        values.put("string-zero", "a\0b");
        values.put("string-lone-surrogate", "a\ud834b");
        values.put("uuid", UUID.fromString("01234567-89ab-cdef-0123-456789abcdef"));
        values.put("class", String.class);
        values.put("class-of-a-user", Address.class);
        values.put("enum", Colour.GREEN);
    }

    private void times() {
        values.put("date", new Date(1_600_000_000_123L));
        values.put("date-before-1970", new Date(-2_208_988_800_001L));
        values.put("timestamp", timestamp(1_600_000_000_123L, 123_456_789));
        values.put("timestamp-before-1970", timestamp(-1, 999_999_999));
        values.put("time", new Time(45_296_789));
    }

    private void arrays() {
        values.put("byte[]", new byte[] {0, 127, -128});
        values.put("short[]", new short[] {1, -2});
        values.put("int[]", new int[] {1, -2});
        values.put("long[]", new long[] {1, -2});
        values.put("float[]", new float[] {0.5f, -1});
        values.put("double[]", new double[] {0.5, -1});
        values.put("char[]", new char[] {'a', '€'});
        values.put("boolean[]", new boolean[] {true, false});
        values.put("String[]", new String[] {"a", null, ""});
        values.put("UUID[]", new UUID[] {new UUID(1, 2), null});
        values.put("Date[]", new Date[] {new Date(-1), null});
        values.put("Timestamp[]", new Timestamp[] {timestamp(-1, 999_000_001), null});
        values.put("Time[]", new Time[] {new Time(1), null});
        values.put("BigDecimal[]", new BigDecimal[] {BigDecimal.ONE.negate(), null});
        values.put("Object[]", new Object[] {1, null, "x", new int[] {5}, List.of()});
        values.put("Colour[]", Colour.values());
        values.put("Address[]", new Address[] {new Address("Main", 1), null});
        values.put("Integer[]", new Integer[] {1, null});
        values.put("int[][]", new int[][] {{1}, {2, 3}});
    }

    private void containers() {
        values.put("ArrayList", new ArrayList<>(Arrays.asList(1, null, "x")));
        values.put("LinkedList", new LinkedList<>(List.of(1L)));
        values.put("HashSet", new HashSet<>(List.of("one")));
        values.put("LinkedHashSet", new LinkedHashSet<>(List.of(1, 2, 3)));
        values.put("singletonList", Collections.singletonList(new UUID(3, 4)));
        values.put("asList", Arrays.asList("a", "b"));
        values.put("TreeSet", new TreeSet<>(List.of(2, 1)));
        values.put("HashMap", new java.util.HashMap<>(Map.of("k", 1)));
        values.put("LinkedHashMap", new LinkedHashMap<>(Map.of(1, List.of(new ArrayList<>()))));
        values.put("TreeMap", new TreeMap<>(Map.of("b", 2, "a", 1)));
        List<Object> shared = new ArrayList<>(List.of("in both"));
        values.put("list-shared", new ArrayList<>(List.of(shared, shared)));
        List<Object> circle = new ArrayList<>();
        circle.add(circle);
        values.put("list-circle", circle);
    }

    private void objects() {
        values.put("everything", new Classes.Everything());
        values.put("address", new Address("Main", 7));
        values.put("empty", new Classes.Empty());
        values.put("key", new Classes.OrderKey(1, 2));
        values.put("shared", new Classes.Shared());
        values.put("chain", new Node("a", new Node("b", new Node("c", null))));
        values.put("circle", Node.circle());
        values.put("itself", Node.itself());
        values.put("one-byte-offsets", new Classes.Wide(100));
        values.put("two-byte-offsets", new Classes.Wide(300));
        values.put("four-byte-offsets", new Classes.Wide(70_000));
        values.put("raw-only", new Classes.RawOnly());
        values.put("raw-and-fields", new Classes.RawAndFields());
        values.put("unregistered", new Classes.Unregistered());
        values.put("list-of-objects", new ArrayList<>(List.of(new Address("Main", 1), new Address("Side", 2))));
    }

    /** Objects without a class. */
    private void built(Marshaller marshaller) {
        values.put("built", marshaller.builder("com.example.Built")
            .setField("name", "x")
            .setField("size", 7L)
            .setField("inner", marshaller.builder("com.example.Inner").setField("deep", true))
            .setField("all", new Object[] {1, "two"})
            .setField("many", new ArrayList<>(List.of(1, 2)))
            .build());
        int colour = marshaller.context().typeId(Colour.class.getName());
        values.put("enum-built", new BinaryEnumObjectImpl(marshaller.context(), colour, null, 1));
    }
}
