package portway.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

import org.apache.ignite.Ignite;
import org.apache.ignite.Ignition;
import org.apache.ignite.cluster.ClusterState;
import org.apache.ignite.configuration.ClientConnectorConfiguration;
import org.apache.ignite.configuration.DataRegionConfiguration;
import org.apache.ignite.configuration.DataStorageConfiguration;
import org.apache.ignite.configuration.IgniteConfiguration;
import org.apache.ignite.configuration.ThinClientConfiguration;
import org.apache.ignite.configuration.TransactionConfiguration;
import org.apache.ignite.configuration.WALMode;
import org.apache.ignite.services.ServiceConfiguration;
import org.apache.ignite.spi.communication.tcp.TcpCommunicationSpi;
import org.apache.ignite.spi.discovery.tcp.TcpDiscoverySpi;
import org.apache.ignite.spi.discovery.tcp.ipfinder.vm.TcpDiscoveryVmIpFinder;
import org.apache.ignite.ssl.SslContextFactory;

/** One server node of the fleet of {@code scripts/ignite}, which says in system properties how it is to be. */
public final class Node {
    private static final int COMPUTE_TASKS_PER_CONNECTION = 1024;
    private static final long MEBIBYTE = 1L << 20;

    private Node() {
    }

    public static void main(String[] arguments) throws InterruptedException, IOException {
        Ignite node = Ignition.start(configuration());
        if (enabled("persistence")) {
            activate(node, Integer.getInteger("portway.nodes"));
        }
        // Clients are answered before the start has ended, and it can still fail then.
        Files.createFile(Path.of(System.getProperty("portway.started.file")));
    }

    /** The first node activates what keeps its data, but not before all are there: they are the baseline. */
    private static void activate(Ignite node, int nodes) throws InterruptedException {
        boolean first = "node1".equals(node.name());
        while (first && node.cluster().state() == ClusterState.INACTIVE) {
            if (node.cluster().forServers().nodes().size() == nodes) {
                node.cluster().state(ClusterState.ACTIVE);
            } else {
                Thread.sleep(50);
            }
        }
    }

    private static IgniteConfiguration configuration() {
        String name = System.getProperty("portway.node");
        IgniteConfiguration configuration = new IgniteConfiguration()
            .setIgniteInstanceName(name)
            .setConsistentId(name)
            .setLocalHost("127.0.0.1")
            .setPeerClassLoadingEnabled(false)
            .setMetricsLogFrequency(0)
            .setConnectorConfiguration(null)
            .setUserAttributes(attributes(name))
            .setAuthenticationEnabled(enabled("authentication"))
            .setDataStorageConfiguration(storage())
            .setClientConnectorConfiguration(clients())
            .setTransactionConfiguration(transactions())
            .setServiceConfiguration(services())
            .setCacheConfiguration(Caches.all())
            .setCommunicationSpi(new TcpCommunicationSpi().setLocalPort(port("communication")).setLocalPortRange(0))
            .setDiscoverySpi(discovery());
        if (enabled("transactional.queries")) {
            Engines.addTransactional(configuration);
        }
        return configuration;
    }

    private static Map<String, Object> attributes(String name) {
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("portway.name", name);
        attributes.put("portway.role", System.getProperty("portway.role"));
        return attributes;
    }

    /** The tests keep few rows, but each of their caches costs some MiB; a bound lets three nodes fit beside a build. */
    private static DataStorageConfiguration storage() {
        DataRegionConfiguration region = new DataRegionConfiguration()
            .setName("default")
            .setInitialSize(32 * MEBIBYTE)
            .setMaxSize(512 * MEBIBYTE)
            .setPersistenceEnabled(enabled("persistence"));
        return new DataStorageConfiguration()
            .setDefaultDataRegionConfiguration(region)
            .setWalMode(WALMode.valueOf(System.getProperty("portway.wal.mode")))
            .setWalSegmentSize((int)(Integer.getInteger("portway.wal.segment.mebibytes", 8) * MEBIBYTE))
            .setMaxWalArchiveSize(Integer.getInteger("portway.wal.archive.mebibytes", 64) * MEBIBYTE);
    }

    private static ClientConnectorConfiguration clients() {
        ThinClientConfiguration thin = new ThinClientConfiguration()
            .setMaxActiveComputeTasksPerConnection(COMPUTE_TASKS_PER_CONNECTION)
            .setServerToClientExceptionStackTraceSending(enabled("stack.traces"));
        ClientConnectorConfiguration clients = new ClientConnectorConfiguration()
            .setHost("127.0.0.1")
            .setPort(port("client"))
            .setPortRange(0)
            .setThinClientConfiguration(thin);
        if (enabled("tls")) {
            clients.setSslEnabled(true).setSslClientAuth(true).setUseIgniteSslContextFactory(false)
                .setSslContextFactory(certificates(System.getProperty("portway.tls.folder")));
        }
        return clients;
    }

    private static SslContextFactory certificates(String folder) {
        char[] password = System.getProperty("portway.tls.password").toCharArray();
        SslContextFactory certificates = new SslContextFactory();
        certificates.setKeyStoreType("PKCS12");
        certificates.setKeyStoreFilePath(folder + "/server.p12");
        certificates.setKeyStorePassword(password);
        certificates.setTrustStoreType("PKCS12");
        certificates.setTrustStoreFilePath(folder + "/trust.p12");
        certificates.setTrustStorePassword(password);
        return certificates;
    }

    private static TransactionConfiguration transactions() {
        return new TransactionConfiguration().setTxAwareQueriesEnabled(enabled("transactional.queries"));
    }

    private static ServiceConfiguration[] services() {
        ServiceConfiguration single = new ServiceConfiguration()
            .setName("portway.single").setService(new Echo()).setTotalCount(1).setMaxPerNodeCount(1);
        ServiceConfiguration everywhere = new ServiceConfiguration()
            .setName("portway.everywhere").setService(new Echo()).setMaxPerNodeCount(1);
        return new ServiceConfiguration[] {single, everywhere};
    }

    private static TcpDiscoverySpi discovery() {
        String[] addresses = System.getProperty("portway.discovery.addresses").split(",");
        return new TcpDiscoverySpi()
            .setLocalPort(port("discovery"))
            .setLocalPortRange(0)
            .setIpFinder(new TcpDiscoveryVmIpFinder().setAddresses(Arrays.asList(addresses)));
    }

    private static boolean enabled(String what) {
        return Boolean.getBoolean("portway." + what);
    }

    private static int port(String of) {
        return Integer.getInteger("portway." + of + ".port");
    }
}
