package portway.golden;

import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ignite.binary.BinaryBasicNameMapper;
import org.apache.ignite.binary.BinaryType;
import org.apache.ignite.configuration.BinaryConfiguration;
import org.apache.ignite.configuration.IgniteConfiguration;
import org.apache.ignite.internal.binary.BinaryCachingMetadataHandler;
import org.apache.ignite.internal.binary.BinaryContext;
import org.apache.ignite.internal.binary.BinaryMarshaller;
import org.apache.ignite.internal.binary.BinaryTypeImpl;
import org.apache.ignite.internal.binary.BinaryWriterExImpl;
import org.apache.ignite.internal.binary.GridBinaryMarshaller;
import org.apache.ignite.internal.binary.builder.BinaryObjectBuilderImpl;
import org.apache.ignite.internal.processors.platform.utils.PlatformUtils;
import org.apache.ignite.internal.util.typedef.internal.U;
import org.apache.ignite.lang.IgnitePredicate;
import org.apache.ignite.logger.NullLogger;
import org.apache.ignite.marshaller.MarshallerContext;
import org.apache.ignite.marshaller.MarshallerUtils;
import org.apache.ignite.marshaller.jdk.JdkMarshaller;

/** The marshaller of a thin client, put together as {@code ClientBinaryMarshaller} does, without a node. */
final class Marshaller {
    private final BinaryCachingMetadataHandler metadata = BinaryCachingMetadataHandler.create();
    private final BinaryContext context;
    private final GridBinaryMarshaller marshaller;

    Marshaller(boolean compactFooter, boolean simpleNames) throws Exception {
        BinaryConfiguration binary = new BinaryConfiguration().setCompactFooter(compactFooter);
        if (simpleNames)
            binary.setNameMapper(new BinaryBasicNameMapper(true));
        IgniteConfiguration ignite = new IgniteConfiguration().setBinaryConfiguration(binary);
        context = new BinaryContext(metadata, ignite, new NullLogger());
        BinaryMarshaller inner = new BinaryMarshaller();
        inner.setContext(new Names());
        context.configure(inner, binary);
        context.registerUserTypesSchema();
        marshaller = new GridBinaryMarshaller(context);
    }

    byte[] marshal(Object value) {
        return marshaller.marshal(value, false);
    }

    BinaryObjectBuilderImpl builder(String typeName) {
        return new BinaryObjectBuilderImpl(context, typeName);
    }

    BinaryContext context() {
        return context;
    }

    Collection<BinaryType> types() {
        return metadata.metadata();
    }

    /** The bytes that a server answers to a request for a type. */
    byte[] describe(BinaryType type) {
        try (BinaryWriterExImpl writer = new BinaryWriterExImpl(context)) {
            PlatformUtils.writeBinaryMetadata(writer, ((BinaryTypeImpl)type).metadata(), true);
            return writer.array();
        }
    }

    /** Registers each class, but those that are called {@code Unregistered}. */
    private static final class Names implements MarshallerContext {
        private final Map<Integer, String> names = new ConcurrentHashMap<>();
        private final Set<String> systemTypes = new HashSet<>();

        Names() throws Exception {
            MarshallerUtils.processSystemClasses(U.gridClassLoader(), null, systemTypes::add);
        }

        @Override public boolean registerClassName(byte platform, int typeId, String name) {
            if (name.endsWith("Unregistered"))
                return false;
            names.put(typeId, name);
            return true;
        }

        @Override public boolean registerClassNameLocally(byte platform, int typeId, String name) {
            return registerClassName(platform, typeId, name);
        }

        @Override public Class<?> getClass(int typeId, ClassLoader loader) throws ClassNotFoundException {
            return Class.forName(getClassName((byte)0, typeId));
        }

        @Override public String getClassName(byte platform, int typeId) throws ClassNotFoundException {
            String name = names.get(typeId);
            if (name == null)
                throw new ClassNotFoundException("type id " + typeId);
            return name;
        }

        @Override public boolean isSystemType(String name) {
            return systemTypes.contains(name);
        }

        @Override public IgnitePredicate<String> classNameFilter() {
            return null;
        }

        @Override public JdkMarshaller jdkMarshaller() {
            return new JdkMarshaller();
        }
    }
}
