package portway.peer;

import java.util.concurrent.Callable;

import org.apache.ignite.client.ClientException;
import org.apache.ignite.client.ClientServiceDescriptor;
import org.apache.ignite.client.IgniteClient;
import org.apache.ignite.services.ServiceCallContext;

import static portway.peer.Facts.equal;
import static portway.peer.Facts.fact;

/** The task and the service of the example {@code functions} of portway-grid. */
final class FunctionFacts {
    private static final String COUNT_WORDS = "org.example.CountWords";

    private final IgniteClient client;

    FunctionFacts(IgniteClient client) {
        this.client = client;
    }

    /** What the service offers. */
    interface Rates {
        long convert(long amount, String from, String to);

        String tenant();

        String missing();
    }

    void check() throws Exception {
        // With heartbeats this client overlooks the first word of the topology, and asks for services without one.
        client.getOrCreateCache("java-functions");
        checkTasks();
        checkServices();
    }

    private void checkTasks() throws Exception {
        equal("a task is a function", 6, client.compute().execute(COUNT_WORDS, "to be or not to be"));
        var later = client.compute().withNoFailover().withTimeout(5_000).executeAsync2(COUNT_WORDS, "to be");
        equal("a task is awaited later", 2, later.get());
        fact("a task that is not known is refused", fails(() -> client.compute().execute("org.example.None", "")));
        fact("a task's argument has its type", fails(() -> client.compute().execute(COUNT_WORDS, 7)));
    }

    private void checkServices() throws Exception {
        Rates rates = client.services().serviceProxy("rates", Rates.class);
        equal("a method is a function", 110L, rates.convert(100, "EUR", "USD"));
        equal("a call without attributes has none", null, rates.tenant());
        ServiceCallContext context = ServiceCallContext.builder().put("tenant", "blue").build();
        Rates ofTenant = client.services().serviceProxy("rates", Rates.class, context);
        equal("a call brings its attributes", "blue", ofTenant.tenant());
        fact("a method tells why it failed", fails(() -> rates.convert(1, "EUR", "SEK")));
        fact("a method that is not there is refused", fails(rates::missing));
        ClientServiceDescriptor descriptor = client.services().serviceDescriptor("rates");
        equal("a service is described", "org.example.Rates", descriptor.serviceClass());
        equal("all services are listed", 1, client.services().serviceDescriptors().size());
    }

    private static boolean fails(Callable<?> action) throws Exception {
        try {
            action.call();
            return false;
        } catch (ClientException e) {
            return true;
        }
    }
}
