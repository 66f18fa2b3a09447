package dev.tideline.bench;

/**
 * How many bits the encoding of "Gorilla: A Fast, Scalable, In-Memory Time Series Database" (Pelkonen et al., VLDB 2015, section
 * 4.1) takes for one series: deltas of deltas of times in seconds, and values as XOR with the one before. The first sample of
 * a block of two hours is stored in full.
 */
final class Gorilla {
    private static final long BLOCK_SECONDS = 7200;

    private long bits;
    private long samples;
    private long blockStart = Long.MIN_VALUE;
    private long time;
    private long delta;
    private long value;
    private int leading;
    private int meaningful;

    void add(long seconds, double sample) {
        long raw = Double.doubleToRawLongBits(sample);
        samples++;
        if (blockStart == Long.MIN_VALUE || seconds - blockStart >= BLOCK_SECONDS) {
            blockStart = seconds - Math.floorMod(seconds, BLOCK_SECONDS);
            bits += 64 + 14 + 64;
            delta = 0;
            meaningful = 0;
        } else {
            long next = seconds - time;
            bits += timeBits(next - delta) + valueBits(raw ^ value);
            delta = next;
        }
        time = seconds;
        value = raw;
    }

    private static int timeBits(long change) {
        if (change == 0) {
            return 1;
        }
        if (change >= -63 && change <= 64) {
            return 2 + 7;
        }
        if (change >= -255 && change <= 256) {
            return 3 + 9;
        }
        return change >= -2047 && change <= 2048 ? 4 + 12 : 4 + 32;
    }

    private int valueBits(long xor) {
        if (xor == 0) {
            return 1;
        }
        int zeros = Math.min(Long.numberOfLeadingZeros(xor), 31);
        int trailing = Long.numberOfTrailingZeros(xor);
        boolean fits = meaningful > 0 && zeros >= leading && trailing >= 64 - leading - meaningful;
        if (fits) {
            return 2 + meaningful;
        }
        leading = zeros;
        meaningful = 64 - zeros - trailing;
        return 2 + 5 + 6 + meaningful;
    }

    double bytesPerSample() {
        return bits / 8.0 / samples;
    }
}
