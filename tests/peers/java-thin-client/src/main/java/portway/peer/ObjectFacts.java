package portway.peer;

import static portway.peer.Facts.equal;
import static portway.peer.Facts.fact;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.apache.ignite.binary.BinaryObject;
import org.apache.ignite.client.ClientCache;
import org.apache.ignite.client.ClientException;
import org.apache.ignite.client.IgniteClient;

/** Objects of the user's classes, and binary objects without a class. */
final class ObjectFacts {
    private final IgniteClient client;

    ObjectFacts(IgniteClient client) {
        this.client = client;
    }

    /** A key of two fields. */
    static final class PersonKey {
        final int country;
        final String number;

        PersonKey(int country, String number) {
            this.country = country;
            this.number = number;
        }
    }

    /** A value with a nested object, a collection and a map. */
    static final class Person {
        String name;
        int age;
        UUID id;
        Person friend;
        List<String> languages;
        Map<String, Integer> scores;

        @Override public boolean equals(Object other) {
            return other instanceof Person person && Objects.equals(name, person.name) && age == person.age
                && Objects.equals(id, person.id) && Objects.equals(friend, person.friend)
                && Objects.equals(languages, person.languages) && Objects.equals(scores, person.scores);
        }

        @Override public int hashCode() {
            return Objects.hash(name, age);
        }
    }

    enum Colour { RED, GREEN }

    void check() {
        ownClasses();
        binaryObjects();
        conflictingTypes();
    }

    private void ownClasses() {
        ClientCache<PersonKey, Person> cache = client.getOrCreateCache("java-objects");
        cache.clear();
        Person person = new Person();
        person.name = "Ada";
        person.age = 36;
        person.id = UUID.fromString("01234567-89ab-cdef-0123-456789abcdef");
        person.friend = new Person();
        person.friend.name = "Charles";
        person.languages = List.of("English", "French");
        person.scores = Map.of("mathematics", 100);

        cache.put(new PersonKey(44, "1815"), person);
        equal("an object comes back under an equal key", person, cache.get(new PersonKey(44, "1815")));
        equal("another key is another entry", null, cache.get(new PersonKey(44, "1816")));
        equal("an object equals its bytes", true, cache.replace(new PersonKey(44, "1815"), person, person.friend));

        ClientCache<Colour, Colour[]> colours = client.getOrCreateCache("java-enums");
        colours.put(Colour.GREEN, Colour.values());
        equal("enums and their arrays come back", Colour.values(), colours.get(Colour.GREEN));
    }

    private void binaryObjects() {
        ClientCache<Integer, BinaryObject> cache = client.getOrCreateCache("java-binary").withKeepBinary();
        BinaryObject object = client.binary().builder("portway.Built").setField("name", "x").setField("size", 7L).build();
        cache.put(1, object);
        BinaryObject found = cache.get(1);
        equal("a field of a binary object is read", 7L, found.field("size"));
        equal("a binary object knows its type", "portway.Built", found.type().typeName());
        BinaryObject wider = found.toBuilder().setField("colour", "red").build();
        cache.put(2, wider);
        fact("a type grows by a field", client.binary().type("portway.Built").fieldNames()
            .containsAll(List.of("name", "size", "colour")));
    }

    private void conflictingTypes() {
        ClientCache<Integer, BinaryObject> cache = client.getOrCreateCache("java-binary").withKeepBinary();
        try {
            cache.put(3, client.binary().builder("portway.Built").setField("size", "seven").build());
            throw new AssertionError("a field changed its type");
        } catch (ClientException | org.apache.ignite.binary.BinaryObjectException e) {
            fact("a field keeps its type", true);
        }
    }
}
