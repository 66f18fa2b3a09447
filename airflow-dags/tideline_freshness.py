"""
# Freshness of the streams

**What.** Asks `status` of all feeds whether both streams keep up: records that Kafka has and a stream has not read, how long ago it
recorded something although there is more, gaps between what it recorded.

**When.** Every five minutes; a run that is late is not made up for.

**Reads.** The progress ledgers, and the ends of the topics from Kafka.

**Writes.** Nothing.

**If it fails.** The last line names feed, stream and how far behind.

- *records behind* or *has recorded nothing*: the driver of that stream is gone, stuck, or too small. `bin/tideline status` shows
  its host and process; starting it again loses nothing.
- *lag unknown*: Kafka does not answer from here.
- *gap*: offsets were skipped. The answer lacks them; the stream's own log says whether Kafka had dropped them.
"""

from datetime import datetime, timezone

from airflow.sdk import DAG, CronTriggerTimetable

from lib.tideline.configuration import DEFAULT_ARGS, FEEDS
from lib.tideline.submit import FreshnessCheck

with DAG(
    "tideline_freshness",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("*/5 * * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["tideline", "streams"],
    default_args=DEFAULT_ARGS | {"retries": 0},
):
    FreshnessCheck(task_id="check_freshness", feeds=list(FEEDS))
