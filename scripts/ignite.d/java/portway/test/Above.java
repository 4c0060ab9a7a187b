package portway.test;

import org.apache.ignite.binary.BinaryObject;
import org.apache.ignite.lang.IgniteBiPredicate;

/**
 * Filters scans and index queries: lets entries pass whose value is above {@code bound}. A value that is an object is
 * looked at by its field {@code field}. Two fields: {@code bound} (long) and {@code field} (string or null).
 */
public class Above implements IgniteBiPredicate<Object, Object> {
    private static final long serialVersionUID = 1L;

    private long bound;
    private String field;

    @Override
    public boolean apply(Object key, Object value) {
        return isAbove(value, field, bound);
    }

    static boolean isAbove(Object value, String field, long bound) {
        Object number = value instanceof BinaryObject ? ((BinaryObject)value).field(field) : value;
        return number instanceof Number && ((Number)number).longValue() > bound;
    }
}
