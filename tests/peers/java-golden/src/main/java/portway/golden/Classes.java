package portway.golden;

import java.math.BigDecimal;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.ignite.binary.BinaryObjectException;
import org.apache.ignite.binary.BinaryReader;
import org.apache.ignite.binary.BinaryWriter;
import org.apache.ignite.binary.Binarylizable;
import org.apache.ignite.cache.affinity.AffinityKeyMapped;

/** Classes whose objects are written. Their fields are in the order of the Rust structures of the tests. */
final class Classes {
    private Classes() {}

    enum Colour { RED, GREEN, DARK_BLUE }

    /** A field of each type. */
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
        Integer none = null;
        String text = "naïve ☃ 𝄞";
        UUID uuid = UUID.fromString("01234567-89ab-cdef-0123-456789abcdef");
        Date date = new Date(-1);
        Timestamp timestamp = Values.timestamp(-1_500, 123_456_789);
        Time time = new Time(45_296_789);
        BigDecimal decimal = new BigDecimal("-12345678901234567890.125");
        Colour colour = Colour.DARK_BLUE;
        byte[] bytes = {1, 2, -3};
        int[] ints = {1, -2};
        double[] doubles = {};
        boolean[] booleans = {true, false};
        char[] chars = {'a', '€'};
        String[] strings = {"a", null};
        UUID[] uuids = {new UUID(1, 2)};
        Date[] dates = {new Date(0), null};
        Timestamp[] timestamps = {Values.timestamp(0, 1)};
        Time[] times = {new Time(1)};
        BigDecimal[] decimals = {BigDecimal.TEN, null};
        Colour[] colours = {Colour.RED, Colour.GREEN};
        Address[] addresses = {new Address("Main", 1)};
        List<String> list = new ArrayList<>(List.of("x", "y"));
        Set<Integer> set = new java.util.LinkedHashSet<>(List.of(1, 3));
        Map<String, Integer> map = new java.util.HashMap<>(Map.of("k", 1));
        Address address = new Address("Side", null);
    }

    static final class Address {
        String street;
        Integer number;

        Address(String street, Integer number) {
            this.street = street;
            this.number = number;
        }
    }

    static final class Empty {}

    static final class OrderKey {
        long order;
        @AffinityKeyMapped long customer;

        OrderKey(long order, long customer) {
            this.order = order;
            this.customer = customer;
        }
    }

    /** One address in three places. */
    static final class Shared {
        Address first = new Address("Main", 1);
        Address second = first;
        List<Address> all = new ArrayList<>(List.of(first, first));
    }

    /** A chain, or a circle. */
    static final class Node {
        String name;
        Node next;

        Node(String name, Node next) {
            this.name = name;
            this.next = next;
        }

        static Node circle() {
            Node last = new Node("last", null);
            Node first = new Node("first", last);
            last.next = first;
            return first;
        }

        static Node itself() {
            Node node = new Node("one", null);
            node.next = node;
            return node;
        }
    }

    /** A text of any length before a number, so that the offsets of the fields are wide. */
    static final class Wide {
        String text;
        int number = 1;

        Wide(int length) {
            text = "x".repeat(length);
        }
    }

    static class RawOnly implements Binarylizable {
        @Override public void writeBinary(BinaryWriter writer) throws BinaryObjectException {
            writer.rawWriter().writeInt(42);
            writer.rawWriter().writeString("raw");
        }

        @Override public void readBinary(BinaryReader reader) {}
    }

    static final class RawAndFields extends RawOnly {
        @Override public void writeBinary(BinaryWriter writer) throws BinaryObjectException {
            writer.writeString("name", "named");
            writer.writeInt("size", 7);
            super.writeBinary(writer);
        }
    }

    /** Its class name is not registered, so it stands in each object. */
    static final class Unregistered {
        String name = "nobody";
        Map<String, Address> places = new LinkedHashMap<>(Map.of("home", new Address("Main", 1)));
    }
}
