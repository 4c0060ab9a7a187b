package portway.test;

import org.apache.ignite.cache.CacheAtomicityMode;
import org.apache.ignite.cache.CacheWriteSynchronizationMode;
import org.apache.ignite.cache.affinity.AffinityFunction;
import org.apache.ignite.cache.affinity.rendezvous.RendezvousAffinityFunction;
import org.apache.ignite.configuration.CacheConfiguration;

/** Caches that a thin client cannot make: their affinity functions are set by nodes alone. */
final class Caches {
    private static final int PARTITIONS = 7;

    private Caches() {
    }

    static CacheConfiguration<?, ?>[] all() {
        return new CacheConfiguration<?, ?>[] {
            cache("portway.seven-partitions", new RendezvousAffinityFunction(false, PARTITIONS)),
            cache("portway.own-affinity", new OwnAffinity()),
        };
    }

    private static CacheConfiguration<Object, Object> cache(String name, AffinityFunction affinity) {
        return new CacheConfiguration<>(name)
            .setAffinity(affinity)
            .setAtomicityMode(CacheAtomicityMode.ATOMIC)
            .setWriteSynchronizationMode(CacheWriteSynchronizationMode.FULL_SYNC);
    }

    /** The partition of an {@code int} is its remainder, counted from the other end. */
    public static final class OwnAffinity extends RendezvousAffinityFunction {
        private static final long serialVersionUID = 1L;

        /** Ignite asks for such a constructor. */
        public OwnAffinity() {
            super(false, PARTITIONS);
        }

        @Override
        public int partition(Object key) {
            return key instanceof Integer ? PARTITIONS - 1 - Math.floorMod((Integer)key, PARTITIONS) : super.partition(key);
        }
    }
}
