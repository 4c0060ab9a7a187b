package portway.test;

import javax.cache.configuration.Factory;
import javax.cache.event.CacheEntryEvent;

import org.apache.ignite.cache.CacheEntryEventSerializableFilter;

/**
 * Filters the events of continuous queries as {@link Above} filters entries. It is its own factory, because that is
 * what the server wants of a thin client.
 */
public class EventsAbove implements CacheEntryEventSerializableFilter<Object, Object>, Factory<EventsAbove> {
    private static final long serialVersionUID = 1L;

    private long bound;
    private String field;

    @Override
    public boolean evaluate(CacheEntryEvent<?, ?> event) {
        return Above.isAbove(event.getValue(), field, bound);
    }

    @Override
    public EventsAbove create() {
        return this;
    }
}
