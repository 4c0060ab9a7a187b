package portway.golden;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.apache.ignite.binary.BinaryType;

/**
 * Writes files of lines {@code NAME: BYTES}, one file for each way a cluster may want binary objects.
 *
 * <p>Bytes are hexadecimal; {@code 78*300} stands for 300 bytes 0x78.
 */
public final class Main {
    private static final int LONG_RUN = 32;

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Files.createDirectories(folder);
        write(folder.resolve("compact.txt"), new Marshaller(true, false));
        write(folder.resolve("full.txt"), new Marshaller(false, false));
        write(folder.resolve("simple_names.txt"), new Marshaller(true, true));
    }

    private static void write(Path file, Marshaller marshaller) throws Exception {
        StringBuilder text = new StringBuilder();
        Values.all(marshaller).forEach((name, value) -> line(text, name, marshaller.marshal(value)));
        List<BinaryType> types = marshaller.types().stream().sorted(Comparator.comparing(BinaryType::typeName)).toList();
        for (BinaryType type : types)
            line(text, "type " + type.typeName(), marshaller.describe(type));
        Files.writeString(file, text);
        System.out.println(file + ": " + text.length() + " characters");
    }

    private static void line(StringBuilder text, String name, byte[] bytes) {
        text.append(name).append(": ");
        for (int at = 0; at < bytes.length; ) {
            int end = at;
            while (end < bytes.length && bytes[end] == bytes[at])
                end++;
            String digits = String.format("%02x", bytes[at]);
            if (end - at >= LONG_RUN) {
                text.append(' ').append(digits).append('*').append(end - at).append(' ');
                at = end;
            } else {
                text.append(digits);
                at++;
            }
        }
        text.append('\n');
    }
}
