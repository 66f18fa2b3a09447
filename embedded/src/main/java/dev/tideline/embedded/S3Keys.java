package dev.tideline.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;

/** The access key and secret of one embedded S3 folder: made up at its first start, then read from its file again. */
record S3Keys(String accessKey, String secretKey) {
    static S3Keys of(Path file) throws IOException {
        if (Files.notExists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, "tideline\n" + random() + "\n", StandardOpenOption.WRITE);
        }
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        if (lines.size() != 2) {
            throw new IOException("%s does not hold two keys (delete it for new ones)".formatted(file));
        }
        return new S3Keys(lines.get(0), lines.get(1));
    }

    @Override
    public String toString() {
        return accessKey + ":***";
    }

    private static String random() {
        byte[] bytes = new byte[20];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
