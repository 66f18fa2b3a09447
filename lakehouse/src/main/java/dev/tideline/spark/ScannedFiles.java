package dev.tideline.spark;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.execution.SparkPlan;
import scala.jdk.javaapi.CollectionConverters;

/** What a query reads: {@link Dataset#inputFiles} tells of a table's files those too that its filters leave out. */
public final class ScannedFiles {
    private ScannedFiles() {}

    /** The paths of the files that the scans of {@code rows} would open. */
    public static List<String> of(Dataset<Row> rows) {
        List<SparkPlan> leaves = CollectionConverters.asJava(((org.apache.spark.sql.classic.Dataset<Row>) rows)
                .queryExecution()
                .sparkPlan()
                .collectLeaves());
        return leaves.stream()
                .filter(FileSourceScanExec.class::isInstance)
                .map(FileSourceScanExec.class::cast)
                .flatMap(
                        scan -> CollectionConverters.asJava(
                                scan.relation().location().listFiles(scan.partitionFilters(), scan.dataFilters()))
                                .stream())
                .flatMap(partition -> CollectionConverters.asJava(partition.files()).stream())
                .map(file -> file.getPath().toString())
                .toList();
    }
}
