package portway.bench;

import java.util.Arrays;
import java.util.List;

import org.apache.ignite.Ignite;
import org.apache.ignite.IgniteCache;
import org.apache.ignite.IgniteDataStreamer;
import org.apache.ignite.Ignition;
import org.apache.ignite.configuration.IgniteConfiguration;
import org.apache.ignite.logger.NullLogger;
import org.apache.ignite.spi.communication.tcp.TcpCommunicationSpi;
import org.apache.ignite.spi.discovery.tcp.TcpDiscoverySpi;
import org.apache.ignite.spi.discovery.tcp.ipfinder.vm.TcpDiscoveryVmIpFinder;

/** A client under measurement: a Java client node with its data streamer, which no thin client in Java has. */
public final class ClientNode {
    /** Where {@code scripts/ignite} lets a node look for others, above its port for thin clients. */
    private static final int DISCOVERY_ABOVE_THIN = 13_700;

    private ClientNode() {
    }

    public static void main(String[] words) throws Exception {
        Turn turn = Turn.of(words);
        if (!turn.line().equals("streamer")) {
            throw new IllegalArgumentException("no line " + turn.line());
        }
        try (Ignite node = Ignition.start(configuration(turn))) {
            passes(node, turn).print();
        }
    }

    private static IgniteConfiguration configuration(Turn turn) {
        List<String> discovery = Arrays.stream(turn.addresses()).map(ClientNode::discoveryAddress).toList();
        return new IgniteConfiguration()
            .setClientMode(true)
            .setLocalHost("127.0.0.1")
            .setGridLogger(new NullLogger())
            .setMetricsLogFrequency(0)
            .setConnectorConfiguration(null)
            .setPeerClassLoadingEnabled(false)
            .setCommunicationSpi(new TcpCommunicationSpi())
            .setDiscoverySpi(new TcpDiscoverySpi().setIpFinder(new TcpDiscoveryVmIpFinder().setAddresses(discovery)));
    }

    private static String discoveryAddress(String thin) {
        int colon = thin.lastIndexOf(':');
        int port = Integer.parseInt(thin.substring(colon + 1));
        return thin.substring(0, colon + 1) + (port + DISCOVERY_ABOVE_THIN);
    }

    private static Outcome passes(Ignite node, Turn turn) {
        Stopwatch all = new Stopwatch();
        Outcome sum = Outcome.NONE;
        boolean warm = false;
        while (sum.operations() == 0 || all.nanoseconds() < turn.warmUp() + turn.nanoseconds()) {
            IgniteCache<Long, String> cache = node.getOrCreateCache(Turn.STREAMED_CACHE);
            Outcome pass = fill(node);
            cache.destroy();
            if (warm) {
                sum = sum.plus(pass);
            }
            warm = all.nanoseconds() >= turn.warmUp();
        }
        return sum;
    }

    private static Outcome fill(Ignite node) {
        Stopwatch pass = new Stopwatch();
        try (IgniteDataStreamer<Long, String> streamer = node.dataStreamer(Turn.STREAMED_CACHE)) {
            for (long key = 0; key < Turn.ENTRIES; key++) {
                streamer.addData(key, Turn.VALUE);
            }
        }
        return pass.stop(Turn.ENTRIES);
    }
}
