package dev.tideline.batch;

/** Which code wrote an entry. */
final class Version {
    static final String CODE = java.util.Optional.ofNullable(
                    Version.class.getPackage().getImplementationVersion())
            .orElse("dev");

    private Version() {}
}
