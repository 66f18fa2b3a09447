-- What no client that sees the feed metrics alone, with its records, may get one row of, a statement a line: a lake with clicks.
SELECT * FROM clicks_by_ad_1m
SELECT * FROM default.clicks_by_ad_1m
SELECT * FROM spark_catalog.default.clicks_by_ad_1m
SELECT * FROM clicks_events
SELECT * FROM global_temp.clicks_by_ad_1m
TABLE default.clicks_by_ad_1m
SELECT * FROM tideline('clicks_by_ad_1m')
SELECT * FROM tideline('clicks_events')
SELECT * FROM tideline(concat('clicks', '_events'))
SELECT * FROM TIDELINE('Clicks_By_Ad_1m')
SELECT count(*) FROM (SELECT 1) JOIN LATERAL (SELECT * FROM tideline('clicks_by_ad_1h'))
SELECT (SELECT count(*) FROM tideline('clicks_events'))
WITH metrics_1m AS (SELECT * FROM tideline('clicks_by_ad_1m')) SELECT * FROM metrics_1m
CREATE TEMPORARY VIEW v AS SELECT * FROM default.clicks_by_ad_1m
CREATE TEMPORARY VIEW v AS SELECT * FROM tideline('clicks_by_ad_1m')
SELECT * FROM tideline_progress WHERE feed = 'clicks'
SELECT * FROM tideline_days WHERE feed = 'clicks'
SELECT * FROM tideline_rejected WHERE feed = 'clicks'
SELECT * FROM tideline('tideline_progress') WHERE feed = 'clicks'
SELECT * FROM alerts_history
SELECT * FROM default.alerts_active
SELECT * FROM tideline('alerts_history')
SHOW VIEWS LIKE '*clicks*'
SHOW TABLES LIKE '*clicks*'
SHOW TABLES IN default LIKE '*clicks*'
SHOW VIEWS IN global_temp
SHOW TABLE EXTENDED LIKE '*clicks*'
SHOW COLUMNS IN clicks_by_ad_1m
SHOW CREATE TABLE default.clicks_by_ad_1m
SHOW TBLPROPERTIES default.clicks_by_ad_1m
DESCRIBE default.clicks_by_ad_1m
DESCRIBE EXTENDED clicks_events
DESCRIBE QUERY SELECT * FROM default.clicks_by_ad_1m
EXPLAIN SELECT * FROM default.clicks_by_ad_1m
EXPLAIN EXTENDED SELECT * FROM tideline('clicks_by_ad_1m')
SET spark.tideline.lake=/elsewhere
