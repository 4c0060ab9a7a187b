package portway.bench;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import org.apache.ignite.Ignition;
import org.apache.ignite.cache.query.ContinuousQuery;
import org.apache.ignite.cache.query.SqlFieldsQuery;
import org.apache.ignite.client.ClientCache;
import org.apache.ignite.client.ClientTransaction;
import org.apache.ignite.client.IgniteClient;
import org.apache.ignite.configuration.ClientConfiguration;
import org.apache.ignite.transactions.TransactionConcurrency;
import org.apache.ignite.transactions.TransactionIsolation;

/** A client under measurement: the Java thin client with its defaults (partition awareness is one of them). */
public final class ThinClient {
    private final IgniteClient client;
    private final ClientCache<Long, String> cache;

    private ThinClient(IgniteClient client) {
        this.client = client;
        cache = client.cache(Turn.CACHE);
    }

    public static void main(String[] words) throws Exception {
        Turn turn = Turn.of(words);
        try (IgniteClient client = Ignition.startClient(new ClientConfiguration().setAddresses(turn.addresses()))) {
            new ThinClient(client).carryOut(turn).print();
            System.out.flush();
            // Chains that were in flight must not keep the process.
            Runtime.getRuntime().halt(0);
        }
    }

    private Outcome carryOut(Turn turn) throws Exception {
        return switch (turn.line()) {
            case "latency" -> OneAtATime.measure(turn, this::put);
            case "put" -> InFlight.measure(turn, key -> cache.putAsync(key, Turn.VALUE));
            case "get", "nodes" -> InFlight.measure(turn, cache::getAsync);
            case "transaction" -> transactions(turn);
            case "sql" -> OneAtATime.measure(turn, key -> query());
            case "events" -> events(turn);
            default -> throw new IllegalArgumentException("no line " + turn.line());
        };
    }

    private long put(long key) {
        cache.put(key, Turn.VALUE);
        return System.nanoTime();
    }

    private Outcome transactions(Turn turn) throws Exception {
        ClientCache<Long, String> transactional = client.cache(Turn.TRANSACTIONAL_CACHE);
        return OneAtATime.measure(turn, key -> {
            try (ClientTransaction transaction = client.transactions()
                .txStart(TransactionConcurrency.PESSIMISTIC, TransactionIsolation.REPEATABLE_READ)) {
                transactional.put(key, Turn.VALUE);
                transaction.commit();
            }
            return System.nanoTime();
        });
    }

    private long query() {
        List<List<?>> rows = client.query(new SqlFieldsQuery(Turn.QUERY).setPageSize(Turn.PAGE)).getAll();
        if (rows.size() != Turn.ROWS) {
            throw new IllegalStateException("the query gave " + rows.size() + " rows");
        }
        return System.nanoTime();
    }

    private Outcome events(Turn turn) throws Exception {
        BlockingQueue<Long> arrivals = new LinkedBlockingQueue<>();
        ContinuousQuery<Long, String> query = new ContinuousQuery<>();
        query.setLocalListener(events -> events.forEach(event -> arrivals.add(System.nanoTime())));
        cache.query(query);
        return OneAtATime.measure(turn, key -> {
            cache.put(key, Turn.VALUE);
            return arrivals.take();
        });
    }
}
