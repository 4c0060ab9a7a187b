package portway.test;

import org.apache.ignite.configuration.IgniteConfiguration;
import org.apache.ignite.configuration.QueryEngineConfiguration;
import org.apache.ignite.configuration.SqlConfiguration;

/** The SQL engines of a node whose queries see what their transaction wrote. */
final class Engines {
    private Engines() {
    }

    /** Makes Calcite the default; found by name, because not every version of Ignite comes with it. */
    static void addTransactional(IgniteConfiguration configuration) {
        QueryEngineConfiguration calcite = find("org.apache.ignite.calcite.CalciteQueryEngineConfiguration");
        if (calcite == null) {
            return;
        }
        set(calcite);
        configuration.setSqlConfiguration(new SqlConfiguration().setQueryEnginesConfiguration(calcite));
    }

    private static QueryEngineConfiguration find(String name) {
        try {
            return (QueryEngineConfiguration)Class.forName(name).getConstructor().newInstance();
        } catch (ClassNotFoundException absent) {
            return null;
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }

    private static void set(QueryEngineConfiguration engine) {
        try {
            engine.getClass().getMethod("setDefault", boolean.class).invoke(engine, true);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }
}
