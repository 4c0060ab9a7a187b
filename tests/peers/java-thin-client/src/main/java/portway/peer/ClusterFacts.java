package portway.peer;

import static portway.peer.Facts.equal;
import static portway.peer.Facts.fact;

import org.apache.ignite.client.ClientCache;
import org.apache.ignite.client.IgniteClient;
import org.apache.ignite.cluster.ClusterNode;
import org.apache.ignite.cluster.ClusterState;

/** The cluster of one node. */
final class ClusterFacts {
    private final IgniteClient client;

    ClusterFacts(IgniteClient client) {
        this.client = client;
    }

    void check() throws Exception {
        equal("the cluster is active", ClusterState.ACTIVE, client.cluster().state());
        equal("the cluster has one node", 1, client.cluster().nodes().size());
        ClusterNode node = client.cluster().forServers().node();
        fact("the node is a server", node != null && !node.isClient());
        fact("the node says what version it serves", node.version().toString().startsWith("2.17.0"));

        ClientCache<Integer, Integer> cache = client.getOrCreateCache("java-awareness");
        for (int key = 0; key < 100; key++)
            cache.put(key, key);
        equal("partition awareness finds the node", 100, cache.size());

        // Longer than three heartbeats: the connection lives on them.
        Thread.sleep(1_700);
        equal("a connection kept by heartbeats answers", 7, cache.get(7));
    }
}
