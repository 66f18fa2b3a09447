"""
# Recompute of a range of days

**What.** Recomputes the days of one feed from `first_day` to `last_day`, both included, oldest first and one after the other, then
checks that each is published and settled.

**When.** By hand, with the two days as parameters (UTC): after a rollup was added, or late data was loaded. At most 31 days, all ended.

**Reads.** The raw archive, which keeps days for `retention.raw` of the feed file; a day that is older is sealed and refused.

**Writes.** A new generation of each day: the views of the feed, which are this DAG's assets. Running it twice publishes the same rows again.

**If it fails.** The last line of the failed task says why; each day before it is published, the failed one keeps the answer it had.

- *Cannot backfill*: the days make no sense; trigger it with others.
- *the day is sealed* or *it has no raw rows*: there is nothing to recompute it from; leave the day out.
- Anything else: as for the nightly recompute. Clear the failed tasks; days that are done stay done.
"""

from datetime import datetime, timezone

from airflow.sdk import DAG, Param, task

from lib.tideline.configuration import DEFAULT_ARGS, DUE, FEEDS, views
from lib.tideline.days import between
from lib.tideline.submit import SettledCheck, TidelineOperator

for feed in FEEDS:
    with DAG(
        f"tideline_backfill_{feed}",
        doc_md=__doc__,
        schedule=None,
        start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        max_active_runs=1,
        tags=["tideline", "batch", "by hand"],
        default_args=DEFAULT_ARGS,
        params={
            "first_day": Param(type="string", format="date", title="First day (UTC)"),
            "last_day": Param(type="string", format="date", title="Last day (UTC), included"),
        },
    ):
        days = task(task_id="days", retries=0)(between)(
            "{{ params.first_day }}", "{{ params.last_day }}", before="{{ dag_run.run_after | ds }}"
        )
        recompute = TidelineOperator.partial(
            task_id="recompute",
            arguments=["recompute", "--feed", feed],
            outlets=views(feed),
            map_index_template="{{ task.day }}",
            max_active_tis_per_dagrun=1,
        ).expand(day=days)
        check = SettledCheck(task_id="check", feed=feed, days=days, since=DUE)

        days >> recompute >> check
