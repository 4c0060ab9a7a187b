package portway.peer;

import static portway.peer.Facts.equal;

import java.lang.reflect.Field;
import java.math.BigDecimal;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.ignite.client.ClientCache;
import org.apache.ignite.client.IgniteClient;

/**
 * Objects with a field of each type, which Java and Rust write and read from each other.
 *
 * <p>The other side is crates/portway-ignite/examples/ignite_shared_objects.rs; both must be the same.
 */
final class SharedObjects {
    private SharedObjects() {}

    enum Colour { RED, GREEN, DARK_BLUE }

    static final class Address {
        String street;
        Integer number;

        Address(String street, Integer number) {
            this.street = street;
            this.number = number;
        }

        @Override public boolean equals(Object other) {
            return other instanceof Address address && street.equals(address.street)
                && java.util.Objects.equals(number, address.number);
        }

        @Override public int hashCode() {
            return street.hashCode();
        }
    }

    static final class Key {
        long order;
        long customer;

        Key(long order, long customer) {
            this.order = order;
            this.customer = customer;
        }
    }

    static final class Everything {
        byte aByte = -7;
        short aShort = -700;
        int anInt = 70_000;
        long aLong = -7_000_000_000L;
        float aFloat = 0.5f;
        double aDouble = -0.1;
        char aChar = '€';
        boolean aBoolean = true;
        Integer boxed = 5;
        Integer none;
        String text = "naïve ☃ 𝄞";
        UUID uuid = UUID.fromString("01234567-89ab-cdef-0123-456789abcdef");
        Date date = new Date(-1);
        Timestamp timestamp = new Timestamp(-1_877);
        Time time = new Time(45_296_789);
        BigDecimal decimal = new BigDecimal("-12345678901234567890.125");
        Colour colour = Colour.DARK_BLUE;
        byte[] bytes = {1, 2, -3};
        int[] ints = {1, -2};
        String[] strings = {"a", null};
        Colour[] colours = {Colour.RED, Colour.GREEN};
        Address[] addresses = {new Address("Main", 1)};
        List<String> list = new ArrayList<>(List.of("x", "y"));
        Set<Integer> set = new LinkedHashSet<>(List.of(1, 3));
        Map<String, Address> map = new HashMap<>(Map.of("home", new Address("Home", 2)));
        Address address = new Address("Side", null);
    }

    static void write(IgniteClient client) throws Exception {
        ClientCache<Key, Everything> cache = client.getOrCreateCache("shared-objects-java");
        cache.put(new Key(1, 2), new Everything());
        check(cache, "Java");
    }

    static void read(IgniteClient client) throws Exception {
        check(client.cache("shared-objects-rust"), "Rust");
    }

    private static void check(ClientCache<Key, Everything> cache, String language) throws Exception {
        Everything found = cache.get(new Key(1, 2));
        equal("finds the object that " + language + " wrote under an equal key", true, found != null);
        Everything expected = new Everything();
        for (Field field : Everything.class.getDeclaredFields())
            equal("reads the field " + field.getName() + " that " + language + " wrote", field.get(expected), field.get(found));
    }
}
