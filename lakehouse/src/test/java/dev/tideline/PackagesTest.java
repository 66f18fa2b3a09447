package dev.tideline;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What is computed knows nothing of where it runs and where it lives. */
@AnalyzeClasses(packages = "dev.tideline", importOptions = ImportOption.DoNotIncludeTests.class)
class PackagesTest {
    private static final String[] PURE = {
        "dev.tideline.feed", "dev.tideline.measure", "dev.tideline.decode", "dev.tideline.settle"
    };

    @ArchTest
    static final ArchRule whatIsComputedDoesNotReadOrWriteOrHoldASession = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat()
            .haveNameMatching(
                    "org\\.apache\\.spark\\.sql\\.(classic\\.)?(SparkSession|DataFrameReader|DataFrameWriter.*|streaming\\..*)")
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.tideline.table",
                    "dev.tideline.storage",
                    "dev.tideline.serving",
                    "io.delta..",
                    "org.apache.spark.sql.delta..",
                    "org.apache.hadoop.fs..");

    @ArchTest
    static final ArchRule theProtocolKnowsNoSpark = noClasses()
            .that()
            .resideInAPackage("dev.tideline.settle")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.spark..",
                    "scala..",
                    "dev.tideline.feed",
                    "dev.tideline.measure",
                    "dev.tideline.decode");

    @ArchTest
    static final ArchRule nothingThatIsComputedAsksForTheTime = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .callMethod(java.time.LocalDate.class, "now", java.time.ZoneId.class)
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule storageStandsAlone = noClasses()
            .that()
            .resideInAPackage("dev.tideline.storage")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.tideline.table",
                    "dev.tideline.serving",
                    "dev.tideline.feed",
                    "dev.tideline.measure",
                    "dev.tideline.decode",
                    "dev.tideline.settle");

    @ArchTest
    static final ArchRule tablesKnowNoReaders = noClasses()
            .that()
            .resideInAPackage("dev.tideline.table")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.tideline.serving");
}
