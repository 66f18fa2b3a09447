"""
# Nightly recompute

**What.** Settles each feed: the day that has ended, then every older day that late events made dirty, then upkeep of the
tables. A check behind each of them asks `status` whether the days are published and settled.

**When.** 00:30 UTC, for the UTC day that ended half an hour before (the day of `data_interval_start`). A run that was missed is
not made up for (`catchup=False`): the next one finds its day among the dirty ones.

**Reads.** The raw archive and the ledgers of the lake that `tideline.yaml` names.

**Writes.** A new generation of each day, published by one entry: the views of the feed, which are this DAG's assets. Running it
twice publishes the same rows again. `maintain` folds, retires, seals and compacts; no answer changes.

**If it fails.** The last line of the failed task says why; readers keep the answer they had. After the cause is gone, clear the task.

- *Cannot submit*: the jar, the configuration or `spark-submit` is not on the worker.
- *the audit failed*: nothing was published. Keep the log and report it; `status` shows the generation that readers have.
- *it has no raw rows*: nothing arrived that day, or the archive has not read it. Look at the archive stream before anything else. Dirty days and upkeep went on.
- *held by a rollback*: somebody went back on purpose; `rollback --release` ends that.
- *is dirty* in a check: events of that day came before the run and were not settled. Run the DAG again.
"""

from datetime import datetime, timezone

from airflow.sdk import DAG, CronDataIntervalTimetable, TaskGroup

from lib.tideline.configuration import DAY, DEFAULT_ARGS, DUE, FEEDS, views
from lib.tideline.submit import SettledCheck, TidelineOperator

with DAG(
    "tideline_nightly",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("30 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["tideline", "batch"],
    default_args=DEFAULT_ARGS,
):
    for feed in FEEDS:
        with TaskGroup(feed):
            recompute = ["recompute", "--feed", feed]
            check = {"feed": feed, "days": [DAY], "since": DUE}

            day = TidelineOperator(task_id="recompute_day", arguments=recompute, day=DAY, outlets=views(feed))
            check_day = SettledCheck(task_id="check_day", **check)
            # A night without events fails its own day; late days and upkeep do not wait for it. The last check sees it too.
            go_on = {"trigger_rule": "all_done"}
            dirty = TidelineOperator(
                task_id="recompute_dirty", arguments=[*recompute, "--dirty"], outlets=views(feed), **go_on
            )
            check_dirty = SettledCheck(task_id="check_dirty", **check)
            maintain = TidelineOperator(task_id="maintain", arguments=["maintain", "--feed", feed], **go_on)
            check_maintain = SettledCheck(task_id="check_maintain", **check)

            day >> check_day >> dirty >> check_dirty >> maintain >> check_maintain
