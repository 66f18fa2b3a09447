package dev.tideline.embedded;

import java.util.List;
import java.util.SplittableRandom;

/** Draws who clicks on which ad, where, with what, at which price. Popular ads and countries have low ranks. */
final class ClickCast {
    static final List<String> COUNTRIES = List.of(
            "US", "IN", "BR", "DE", "GB", "JP", "FR", "MX", "ID", "IT", "ES", "TR", "KR", "CA", "PL", "AR", "NL", "AU",
            "VN", "PH", "TH", "CO", "EG", "ZA", "SE", "BE", "CH", "AT", "CL", "NG", "PT", "CZ", "RO", "GR", "DK", "FI",
            "NO", "IE", "HU", "NZ");
    static final List<String> DEVICES = List.of("mobile", "desktop", "tablet", "tv", "console", "watch");

    private static final double UNKNOWN_COUNTRY = 0.01;
    private static final double UNKNOWN_USER = 0.02;

    private final Clicks.Population population;
    private final double invalid;
    private final PowerLaw ads;
    private final PowerLaw countries;
    private final PowerLaw devices;
    private final SplittableRandom random;

    ClickCast(Clicks clicks, SplittableRandom random) {
        this.population = clicks.population();
        this.invalid = clicks.disorder().invalid();
        this.ads = new PowerLaw(population.ads(), population.adSkew());
        this.countries = new PowerLaw(population.countries(), 1);
        this.devices = new PowerLaw(population.devices(), 1);
        this.random = random;
    }

    Click click(long number, long eventTimeMs) {
        long ad = 1L + ads.rank(random.nextDouble());
        return new Click(
                number,
                eventTimeMs,
                ad,
                campaignOf(ad),
                random.nextDouble() < UNKNOWN_USER ? 0 : 1 + random.nextInt(population.users()),
                random.nextDouble() < UNKNOWN_COUNTRY ? "" : COUNTRIES.get(countries.rank(random.nextDouble())),
                DEVICES.get(devices.rank(random.nextDouble())),
                cost(),
                random.nextDouble() >= invalid);
    }

    /** From nothing (for an ad of the house) to two units of money, in millionths. */
    long cost() {
        return random.nextInt(64) == 0 ? 0 : 10_000 + random.nextInt(1_990_000);
    }

    private long campaignOf(long ad) {
        return 1 + Long.remainderUnsigned(Mix.of(ad), population.campaigns());
    }

    /**
     * Ranks from 0 to {@code count} - 1 with a frequency that falls like (rank + 1) to the power of -exponent: the
     * inverse of the continuous distribution's integral, cut down to whole ranks.
     */
    private record PowerLaw(int count, double exponent) {
        int rank(double uniform) {
            double position;
            if (Math.abs(exponent - 1) < 1e-9) {
                position = Math.pow(count + 1.0, uniform);
            } else {
                double end = Math.pow(count + 1.0, 1 - exponent);
                position = Math.pow(1 + uniform * (end - 1), 1 / (1 - exponent));
            }
            return Math.min(count - 1, (int) position - 1);
        }
    }
}
