package portway.test;

import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.MutableEntry;

import org.apache.ignite.cache.CacheEntryProcessor;

/** Fails with its first argument as message, or with "no reason". */
public class Fail implements CacheEntryProcessor<Object, Object, Object> {
    private static final long serialVersionUID = 1L;

    @Override
    public Object process(MutableEntry<Object, Object> entry, Object... arguments) {
        throw new EntryProcessorException(arguments.length == 0 ? "no reason" : String.valueOf(arguments[0]));
    }
}
