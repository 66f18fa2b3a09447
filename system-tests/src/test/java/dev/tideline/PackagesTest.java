package dev.tideline;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** How the packages of all modules may use each other; the poms say the same of the modules. */
@AnalyzeClasses(packages = "dev.tideline", importOptions = ImportOption.DoNotIncludeTests.class)
class PackagesTest {
    /** What is computed: rows in, rows out. */
    private static final String[] COMPUTED = {
        "dev.tideline.protocol", "dev.tideline.rollup", "dev.tideline.feed", "dev.tideline.decode.."
    };

    @ArchTest
    static final ArchRule noCircleOfPackages =
            slices().matching("dev.tideline.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule whatIsComputedNeitherReadsNorWrites = noClasses()
            .that()
            .resideInAnyPackage(COMPUTED)
            .should()
            .dependOnClassesThat()
            .haveNameMatching(
                    "org\\.apache\\.spark\\.sql\\.(classic\\.)?(SparkSession|DataFrameReader|DataFrameWriter.*|streaming\\..*)")
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.tideline.table",
                    "dev.tideline.ledger",
                    "dev.tideline.lake",
                    "dev.tideline.storage",
                    "dev.tideline.serving",
                    "io.delta..",
                    "org.apache.spark.sql.delta..",
                    "org.apache.hadoop.fs..");

    /**
     * Spark promises no stability below its public API. One package reaches there; beside it the table, which is Delta's
     * transaction, the decoder, which makes Spark's own rows, the check of rules' SQL, and the benchmark's look at Delta's log.
     */
    @ArchTest
    static final ArchRule sparksInternalsStandBehindOnePackage = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.tideline.spark",
                    "dev.tideline.table",
                    "dev.tideline.decode.format",
                    "dev.tideline.decode.json",
                    "dev.tideline.bench")
            .and()
            .doNotHaveFullyQualifiedName("dev.tideline.alerts.rule.RuleQuery")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.spark.sql.catalyst..",
                    "org.apache.spark.sql.execution..",
                    "org.apache.spark.sql.classic..",
                    "org.apache.spark.sql.internal..",
                    "org.apache.spark.sql.delta..",
                    "org.apache.spark.unsafe..");

    @ArchTest
    static final ArchRule nothingThatIsComputedAsksForTheTime = noClasses()
            .that()
            .resideInAnyPackage(COMPUTED)
            .should()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .callMethod(java.time.LocalDate.class, "now", java.time.ZoneId.class)
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule protocolAndDeliveryKnowNoSpark = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.tideline.protocol", "dev.tideline.documents", "dev.tideline.notify", "dev.tideline.collect")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.spark..", "scala..", "org.apache.hadoop..");

    @ArchTest
    static final ArchRule ledgersAreReadWithoutASession = noClasses()
            .that()
            .resideInAnyPackage("dev.tideline.ledger")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.spark..", "scala..");

    @ArchTest
    static final ArchRule storageStandsAlone = noClasses()
            .that()
            .resideInAPackage("dev.tideline.storage")
            .should()
            .dependOnClassesThat(com.tngtech.archunit.base.DescribedPredicate.describe(
                    "are ours",
                    c -> c.getPackageName().startsWith("dev.tideline")
                            && !c.getPackageName().equals("dev.tideline.storage")));

    @ArchTest
    static final ArchRule tablesKnowNoReaders = noClasses()
            .that()
            .resideInAnyPackage("dev.tideline.table", "dev.tideline.ledger", "dev.tideline.lake")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.tideline.serving");

    @ArchTest
    static final ArchRule theTwoLayersKnowNothingOfEachOther = noClasses()
            .that()
            .resideInAPackage("dev.tideline.streaming")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.tideline.batch");

    @ArchTest
    static final ArchRule norTheOtherWayRound = noClasses()
            .that()
            .resideInAPackage("dev.tideline.batch")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.tideline.streaming");
}
