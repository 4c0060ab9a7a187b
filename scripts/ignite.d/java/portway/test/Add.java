package portway.test;

import java.util.Arrays;

import javax.cache.processor.MutableEntry;

import org.apache.ignite.cache.CacheEntryProcessor;

/** Adds the arguments to a value; both are {@code int} or both are {@code long}. Answers the new value. */
public class Add implements CacheEntryProcessor<Object, Object, Object> {
    private static final long serialVersionUID = 1L;

    @Override
    public Object process(MutableEntry<Object, Object> entry, Object... arguments) {
        long sum = Arrays.stream(arguments).mapToLong(argument -> ((Number)argument).longValue()).sum();
        long before = entry.getValue() == null ? 0 : ((Number)entry.getValue()).longValue();
        boolean isLong = entry.getValue() instanceof Long || arguments.length > 0 && arguments[0] instanceof Long;
        Object after = isLong ? (Object)(before + sum) : (Object)(int)(before + sum);
        entry.setValue(after);
        return after;
    }
}
