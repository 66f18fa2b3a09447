-- What no client of a server may do, a statement a line. {lake} is the lake's root, {table} the path of a table in it, {file} a file of
-- the server's user.
-- Settings by which guards would fall, secrets be shown, other stores be asked, or the server be filled.
SET spark.sql.runSQLOnFiles=true
SET spark.sql.variable.substitute=true
SET spark.sql.legacy.setCommandRejectsSparkCoreConfs=false
SET spark.redaction.regex=zzz
SET spark.hadoop.fs.s3a.secret.key=other
SET fs.s3a.endpoint=http://127.0.0.1:9
SET fs.defaultFS=file:///
SET spark.sql.catalog.other=org.apache.spark.sql.execution.datasources.v2.jdbc.JDBCTableCatalog
SET spark.sql.catalog.other.url=jdbc:derby:memory:other
SET spark.tideline.lake=/tmp
SET spark.sql.extensions=other.Extensions
SET spark.sql.shuffle.partitions=100000000
SET spark.sql.autoBroadcastJoinThreshold=1000000000000
SET spark.sql.thriftServer.incrementalCollect=false
SET spark.sql.thriftServer.queryTimeout=0
SET spark.sql.warehouse.dir=/tmp
SET anything=1
-- Files by their path, wherever they stand in a query.
SELECT * FROM text.`{file}`
SELECT * FROM csv.`{file}`
SELECT * FROM json.`{file}`
SELECT * FROM orc.`{file}`
SELECT * FROM parquet.`{file}`
SELECT * FROM binaryFile.`{file}`
SELECT * FROM delta.`{table}`
SELECT * FROM delta.`{table}` VERSION AS OF 0
SELECT (SELECT count(*) FROM text.`{file}`)
SELECT 1 WHERE EXISTS (SELECT * FROM text.`{file}`)
SELECT 1 WHERE 'x' IN (SELECT value FROM text.`{file}`)
WITH t AS (SELECT * FROM text.`{file}`) SELECT * FROM t
SELECT * FROM clicks_by_ad_1m JOIN text.`{file}` ON true
TABLE text.`{file}`
CREATE TEMPORARY VIEW v AS SELECT * FROM text.`{file}`
CREATE TEMPORARY VIEW v USING text OPTIONS (path '{file}')
CREATE TEMPORARY TABLE v USING csv OPTIONS (path '{file}')
EXPLAIN SELECT * FROM text.`{file}`
DESCRIBE QUERY SELECT * FROM text.`{file}`
DESCRIBE TABLE delta.`{table}`
DESCRIBE HISTORY delta.`{table}`
DESCRIBE DETAIL delta.`{table}`
DESCRIBE DETAIL '{table}'
SHOW COLUMNS IN delta.`{table}`
SHOW CREATE TABLE delta.`{table}`
SHOW TBLPROPERTIES delta.`{table}`
SHOW PARTITIONS delta.`{table}`
SELECT * FROM table_changes('delta.`{table}`', 0)
LIST JARS
-- Code, and programs.
SELECT reflect('java.lang.System', 'exit', 7)
SELECT java_method('java.lang.System', 'getenv', 'PATH')
SELECT try_reflect('java.lang.System', 'getenv', 'PATH')
SELECT * FROM range(3) WHERE reflect('java.util.UUID', 'randomUUID') = 'x'
SELECT (SELECT reflect('java.util.UUID', 'randomUUID'))
SELECT transform(array(1), x -> reflect('java.util.UUID', 'randomUUID'))
CREATE TEMPORARY VIEW v AS SELECT reflect('java.util.UUID', 'randomUUID')
EXPLAIN SELECT reflect('java.util.UUID', 'randomUUID')
SELECT TRANSFORM(1) USING 'cat' AS (a)
SELECT * FROM (SELECT TRANSFORM(1) USING 'sh -c id' AS (a))
FROM (SELECT 1 AS a) MAP a USING 'cat' AS b
CREATE TEMPORARY FUNCTION f AS 'other.Function'
CREATE TEMPORARY FUNCTION f AS 'other.Function' USING JAR '{file}'
CREATE FUNCTION f AS 'other.Function'
CREATE FUNCTION f(x INT) RETURNS INT RETURN x + 1
CREATE FUNCTION f(x STRING) RETURNS STRING LANGUAGE PYTHON AS $$return x$$
DROP FUNCTION IF EXISTS tideline
ADD JAR '{file}'
ADD FILE '{file}'
ADD ARCHIVE '{file}'
BEGIN DROP VIEW clicks_by_ad_1m; END
BEGIN SELECT 1; INSERT INTO delta.`{table}` (seq) SELECT 1L; END
EXECUTE IMMEDIATE 'DROP VIEW clicks_by_ad_1m'
-- What writes, or changes what others see.
INSERT INTO clicks_by_ad_1m VALUES (1)
INSERT INTO delta.`{table}` (seq) SELECT 1L
FROM (SELECT 666L AS a) INSERT INTO delta.`{table}` (seq) SELECT a INSERT INTO delta.`{table}` (seq) SELECT a + 1
INSERT OVERWRITE DIRECTORY '{lake}/out' USING csv SELECT 1
INSERT OVERWRITE LOCAL DIRECTORY '/tmp/tideline-out' USING csv SELECT 1
EXPLAIN INSERT INTO delta.`{table}` (seq) SELECT 1L
UPDATE delta.`{table}` SET run = 'x'
DELETE FROM delta.`{table}`
MERGE INTO delta.`{table}` d USING (SELECT 1L AS number) s ON d.seq = s.number WHEN MATCHED THEN DELETE
TRUNCATE TABLE delta.`{table}`
VACUUM delta.`{table}`
OPTIMIZE delta.`{table}`
RESTORE TABLE delta.`{table}` TO VERSION AS OF 0
CONVERT TO DELTA parquet.`{table}`
ALTER TABLE delta.`{table}` SET TBLPROPERTIES ('delta.appendOnly' = 'false')
CREATE TABLE t (a INT) USING parquet
CREATE TABLE t USING parquet AS SELECT 1 AS a
CREATE TABLE t (a INT) USING delta LOCATION '{table}'
CREATE OR REPLACE TABLE t USING delta AS SELECT 1 AS a
DROP TABLE delta.`{table}`
CREATE VIEW v AS SELECT 1
CREATE OR REPLACE VIEW clicks_by_ad_1m AS SELECT 1
CREATE GLOBAL TEMPORARY VIEW v AS SELECT 1
ALTER VIEW clicks_by_ad_1m AS SELECT 1
DROP VIEW clicks_by_ad_1m
CREATE DATABASE other
CREATE DATABASE other LOCATION '{lake}/other'
DROP DATABASE default CASCADE
COMMENT ON DATABASE default IS 'x'
ANALYZE TABLE delta.`{table}` COMPUTE STATISTICS
CACHE TABLE t AS SELECT * FROM range(10)
CACHE LAZY TABLE clicks_by_ad_1m
UNCACHE TABLE clicks_by_ad_1m
CLEAR CACHE
REFRESH TABLE clicks_by_ad_1m
REFRESH '{lake}'
DECLARE v STRING DEFAULT reflect('java.lang.System', 'getenv', 'TIDELINE_TOKEN')
SELECT schema_of_xml('<a/>', map('rowValidationXSDPath', '{file}'))
SELECT from_xml('<a/>', schema_of_xml('<a/>', map('rowValidationXSDPath', '{file}')))
SELECT xpath('<!DOCTYPE a SYSTEM "file://{file}"><a/>', 'a')
SELECT xpath_string('<a>b</a>', 'a')
SELECT * FROM table_changes_by_path('{table}', 0)
SELECT * FROM python_worker_logs()
OPTIMIZE '{table}'
-- What fills the memory.
SELECT format_string('%2000000000d', 1)
SELECT format_number(1, 2000000000)
SELECT repeat(repeat('x', 1000000), 2000)
SELECT * FROM range(0, 2000000000, 1, 2000000000)
SELECT /*+ REPARTITION(2000000000) */ * FROM range(3)
BEGIN DECLARE s STRING DEFAULT 'x'; WHILE true DO SET VAR s = s || s; END WHILE; END
SELECT repeat('x', 2000000000)
SELECT space(2000000000)
SELECT lpad('x', 2000000000, 'y')
SELECT rpad('x', 2000000000, 'y')
SELECT repeat('x', CAST(id AS INT) * 1000000000) FROM range(3)
SELECT sequence(0, 1000000000)
SELECT array_repeat(1, 1000000000)
SELECT explode(sequence(0L, 9000000000L))
SELECT aggregate(sequence(1, 40), 'x', (a, x) -> a || a)
SELECT reduce(sequence(1, 40), array(1), (a, x) -> a || a)
SELECT repeat(repeat('x', 10000), 10000)
SELECT replace(repeat('x', 10000), 'x', repeat('y', 10000))
SELECT regexp_replace(repeat('x', 10000), 'x', repeat('y', 10000))
SELECT array_join(sequence(1, 10000), repeat('y', 10000))
SELECT transform(sequence(1, 10000), x -> repeat('y', 10000))
SELECT flatten(transform(sequence(1, 10000), x -> sequence(1, 10000)))
SELECT array_repeat(array_repeat(1, 10000), 10000)
SELECT aggregate(sequence(1, 10000), 0L, (a, x) -> a + aggregate(sequence(1, 10000), 0L, (b, y) -> b + y))
SELECT exists(sequence(1, 10000), x -> exists(sequence(1, 10000), y -> exists(sequence(1, 10000), z -> x + y + z = 0)))
WITH a AS (SELECT repeat('x', 10000) AS t), b AS (SELECT replace(t, 'x', t) AS t FROM a) SELECT t FROM b
SELECT t FROM (SELECT replace(t, 'x', t) AS t FROM (SELECT repeat('x', 10000) AS t))
WITH RECURSIVE r(t) AS (SELECT 'x' UNION ALL SELECT t || t FROM r) SELECT max(t) FROM r
SELECT * FROM VALUES (repeat(repeat('x', 10000), 10000)) AS t(a)
SELECT sequence(TIMESTAMP'2000-01-01', TIMESTAMP'2026-01-01', INTERVAL '1' SECOND)
SELECT sequence(DATE'0001-01-01', DATE'9999-12-31')
SELECT explode(sequence(min(window_start), max(window_start), INTERVAL '0.000001' SECOND)) FROM clicks_by_ad_1m
SELECT count(*) FROM clicks_by_ad_1m GROUP BY window(window_start, '100 days', '1 microsecond')
SELECT window(TIMESTAMP'2026-01-01', '10 days', '1 second')
SELECT stack(2000000000, 1)
SELECT randstr(2000000000)
SELECT count_min_sketch(id, 0.000000001D, 0.95D, 1) FROM range(3)
SELECT percentile_approx(id, 0.5, 2000000000) FROM range(3)
SELECT count(*) FROM range(3) GROUP BY GROUPING SETS (CUBE (id + 0, id + 1, id + 2, id + 3, id + 4, id + 5, id + 6, id + 7, id + 8, id + 9, id + 10, id + 11, id + 12, id + 13, id + 14, id + 15, id + 16, id + 17, id + 18, id + 19, id + 20, id + 21, id + 22, id + 23, id + 24))
SELECT count(*) FROM range(3) GROUP BY GROUPıNG /* */ ſets (CUBE (id + 0, id + 1, id + 2, id + 3, id + 4, id + 5, id + 6, id + 7, id + 8, id + 9, id + 10, id + 11, id + 12, id + 13, id + 14, id + 15, id + 16, id + 17, id + 18, id + 19, id + 20, id + 21, id + 22, id + 23, id + 24))
-- What keeps a processor, where no job can be cancelled.
SELECT repeat('a', 40) || 'b' RLIKE '^(a+)+$'
SELECT regexp_extract(repeat('a', 40) || 'b', '(a|aa)+$', 1)
SELECT 'a' RLIKE string(id) FROM range(3)
SELECT levenshtein(repeat('x', 10000), repeat('y', 10000))
