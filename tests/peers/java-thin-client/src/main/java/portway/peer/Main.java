package portway.peer;

import org.apache.ignite.Ignition;
import org.apache.ignite.client.ClientConnectionException;
import org.apache.ignite.client.IgniteClient;
import org.apache.ignite.configuration.ClientConfiguration;

/**
 * Uses a grid through the Java thin client and prints one line for each fact it finds true.
 *
 * <p>Arguments: the address, then what to do: {@code all} (every fact, default), {@code write} or
 * {@code read} (the values that other languages read and write), {@code write-objects} or
 * {@code read-objects} (those that Rust reads and writes), {@code functions} (those of the example
 * {@code functions} of portway-grid).
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        String address = arguments.length > 0 ? arguments[0] : "127.0.0.1:10800";
        String part = arguments.length > 1 ? arguments[1] : "all";

        try (IgniteClient client = Ignition.startClient(configuration(address))) {
            switch (part) {
                case "all" -> {
                    new CacheFacts(client).check();
                    new ObjectFacts(client).check();
                    new ExpiryFacts(client).check();
                    new QueryFacts(client).check();
                    new ClusterFacts(client).check();
                    new SqlFacts(client).check();
                    new TransactionFacts(client).check();
                }
                case "write" -> SharedValues.write(client, "java");
                case "read" -> SharedValues.check(client, "python");
                case "write-objects" -> SharedObjects.write(client);
                case "read-objects" -> SharedObjects.read(client);
                case "functions" -> new FunctionFacts(client).check();
                default -> throw new IllegalArgumentException("unknown part " + part + "");
            }
        } catch (ClientConnectionException e) {
            System.err.println("cannot reach a grid at " + address + ": " + e.getMessage());
            System.exit(1);
        } catch (AssertionError e) {
            System.err.println("NOT true: " + e.getMessage());
            System.exit(1);
        }
    }

    private static ClientConfiguration configuration(String address) {
        return new ClientConfiguration()
            .setAddresses(address)
            .setPartitionAwarenessEnabled(true)
            .setHeartbeatEnabled(true)
            .setHeartbeatInterval(500)
            // Notifications are handled where they are received: in their order.
            .setAsyncContinuationExecutor(Runnable::run)
            .setTimeout(10_000);
    }
}
