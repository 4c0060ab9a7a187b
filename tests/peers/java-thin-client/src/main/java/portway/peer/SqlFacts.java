package portway.peer;

import static portway.peer.Facts.equal;
import static portway.peer.Facts.fact;

import java.math.BigDecimal;
import java.sql.Date;
import java.sql.Timestamp;
import java.util.List;
import java.util.UUID;
import org.apache.ignite.cache.query.FieldsQueryCursor;
import org.apache.ignite.cache.query.IndexQuery;
import org.apache.ignite.cache.query.IndexQueryCriteriaBuilder;
import org.apache.ignite.cache.query.SqlFieldsQuery;
import org.apache.ignite.cache.query.annotations.QuerySqlField;
import org.apache.ignite.cache.QueryEntity;
import org.apache.ignite.client.ClientCache;
import org.apache.ignite.client.ClientCacheConfiguration;
import org.apache.ignite.client.ClientException;
import org.apache.ignite.client.IgniteClient;

/** Tables made by statements and by classes, and queries over them. */
final class SqlFacts {
    private final IgniteClient client;

    SqlFacts(IgniteClient client) {
        this.client = client;
    }

    /** A row by its annotations. */
    static final class Employee {
        @QuerySqlField String name;
        @QuerySqlField(index = true) int salary;
        @QuerySqlField BigDecimal bonus;

        Employee(String name, int salary, BigDecimal bonus) {
            this.name = name;
            this.salary = salary;
            this.bonus = bonus;
        }
    }

    void check() {
        typesOfColumns();
        pages();
        rowsAndEntries();
        refusals();
    }

    private List<List<?>> all(String statement, Object... arguments) {
        return client.query(new SqlFieldsQuery(statement).setArgs(arguments)).getAll();
    }

    private void typesOfColumns() {
        all("DROP TABLE IF EXISTS java_types");
        all("CREATE TABLE java_types (id INT PRIMARY KEY, name VARCHAR, amount DECIMAL(20, 3), at TIMESTAMP, day DATE, "
            + "mark UUID, bytes BINARY, ratio DOUBLE, big BIGINT, flag BOOLEAN)");
        Object[] row = {
            1, "naïve ☃", new BigDecimal("12.125"), Timestamp.valueOf("2021-02-03 04:05:06.789"), Date.valueOf("2021-02-03"),
            UUID.fromString("01234567-89ab-cdef-0123-456789abcdef"), new byte[] {1, -2}, 0.5, 7_000_000_000L, true
        };
        List<List<?>> inserted = all("INSERT INTO java_types VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row);
        equal("a statement tells how many rows it changed", 1L, inserted.get(0).get(0));
        equal("a row of each type comes back as it was", row, all("SELECT * FROM java_types").get(0).toArray());
        all("INSERT INTO java_types (id) VALUES (2)");
        equal("what was not given is null", null, all("SELECT name FROM java_types WHERE id = 2").get(0).get(0));
    }

    private void pages() {
        all("DROP TABLE IF EXISTS java_numbers");
        all("CREATE TABLE java_numbers (id BIGINT PRIMARY KEY, half DOUBLE) WITH \"template=replicated, cache_name=java-numbers\"");
        for (long id = 0; id < 25; id++)
            all("INSERT INTO java_numbers VALUES (?, ?)", id, id / 2.0);
        SqlFieldsQuery query = new SqlFieldsQuery("SELECT id, half AS \"Half\", id + 1 FROM java_numbers ORDER BY id").setPageSize(4);
        try (FieldsQueryCursor<List<?>> cursor = client.query(query)) {
            long next = 0;
            for (List<?> row : cursor) {
                if (!row.equals(List.of(next, next / 2.0, next + 1)))
                    throw new AssertionError("row " + next + " of a query in pages is " + row);
                next++;
            }
            equal("a query in pages has every row once, in order", 25L, next);
            equal("columns have their names", List.of("ID", "Half"), List.of(cursor.getFieldName(0), cursor.getFieldName(1)));
            equal("there are three columns", 3, cursor.getColumnsCount());
        }
        equal("rows are counted", 25L, all("SELECT COUNT(*) FROM java_numbers").get(0).get(0));
        equal("rows are grouped", List.of(List.of(0L, 13L), List.of(1L, 12L)),
            all("SELECT MOD(id, 2), COUNT(*) FROM java_numbers GROUP BY MOD(id, 2) ORDER BY 1"));
        equal("an update tells its rows", 5L, all("UPDATE java_numbers SET half = 0 WHERE id < 5").get(0).get(0));
        equal("a table is a cache", 25, client.cache("java-numbers").size());
        equal("a removal tells its rows", 25L, all("DELETE FROM java_numbers").get(0).get(0));
    }

    private void rowsAndEntries() {
        client.getOrCreateCache("java-employees");
        client.destroyCache("java-employees");
        ClientCacheConfiguration configuration = new ClientCacheConfiguration()
            .setName("java-employees")
            .setSqlSchema("PUBLIC")
            .setQueryEntities(new QueryEntity(Integer.class, Employee.class));
        ClientCache<Integer, Employee> cache = client.createCache(configuration);
        cache.put(1, new Employee("Ada", 300, new BigDecimal("1.50")));
        cache.put(2, new Employee("Bob", 200, null));
        equal("what was put is a row", List.of(List.of("Bob", 200), List.of("Ada", 300)),
            all("SELECT name, salary FROM Employee ORDER BY salary"));
        all("INSERT INTO Employee (_KEY, name, salary) VALUES (3, 'Cy', 250)");
        equal("a row that was inserted is an object", "Cy", cache.get(3).name);
        equal("rows of two copies of a table are joined", 3L,
            all("SELECT COUNT(*) FROM Employee a JOIN Employee b ON a.salary < b.salary").get(0).get(0));
        IndexQuery<Integer, Employee> query = new IndexQuery<Integer, Employee>(Employee.class)
            .setCriteria(IndexQueryCriteriaBuilder.gt("salary", 200));
        equal("an index is asked for a range", List.of(1, 3),
            cache.query(query).getAll().stream().map(entry -> entry.getKey()).sorted().toList());
    }

    private void refusals() {
        refused("a table that is not there is refused", "SELECT * FROM java_none", "Table \"JAVA_NONE\" not found");
        refused("a key is inserted once", "INSERT INTO java_types (id) VALUES (1)", "they are already in cache");
        refused("what is no statement is refused", "SELEKT 1", "Failed to parse query");
    }

    private void refused(String words, String statement, String reason) {
        try {
            all(statement);
        } catch (ClientException e) {
            if (!e.getMessage().contains(reason))
                throw new AssertionError(words + ": " + e.getMessage());
            fact(words, true);
            return;
        }
        throw new AssertionError(words);
    }
}
