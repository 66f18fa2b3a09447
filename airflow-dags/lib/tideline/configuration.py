"""All that the DAGs are told. The defaults run against `bin/tideline dev` in this checkout.

What stands in `{{ var… }}` is an Airflow Variable, looked up when a task starts; `tideline_feeds` is looked up when the DAGs
are parsed, because it decides which tasks there are. docs/GUIDE-AIRFLOW.md lists them.
"""

from datetime import timedelta
from pathlib import Path

from airflow.sdk import Asset, Variable

_CHECKOUT = Path(__file__).resolve().parents[3]


def _variable(name: str, default: object) -> str:
    return f"{{{{ var.value.get('tideline_{name}', '{default}') }}}}"


CONNECTION = "spark_default"
JAR = _variable("jar", _CHECKOUT / "app/target/tideline.jar")
CONFIG = _variable("config", _CHECKOUT / ".tideline/dev/tideline.yaml")

# Settings of every spark-submit, beside those in tideline.yaml. The driver runs beside the Airflow worker.
SPARK = {
    "spark.driver.memory": _variable("driver_memory", "2g"),
    "spark.executor.memory": _variable("executor_memory", "2g"),
    "spark.sql.shuffle.partitions": _variable("shuffle_partitions", 8),
    "spark.log.level": "WARN",
    "spark.ui.enabled": "false",
}

# Each feed with its rollups, as its feed file declares them.
FEEDS: dict[str, list[str]] = Variable.get(
    "tideline_feeds",
    default={
        "clicks": ["clicks_by_ad", "clicks_by_ad_country", "clicks_by_segment"],
        "metrics": ["metrics", "metrics_by_service"],
    },
    deserialize_json=True,
)

# When a stream counts as behind: records that it has not read, and seconds since it recorded anything although there are some.
MAX_LAG = _variable("max_lag", 1_000_000)
MAX_AGE_SECONDS = _variable("max_age_seconds", 600)

# Retries wait long enough for the archive to catch up, which is what a recompute most often lacks.
DEFAULT_ARGS = {
    "owner": "tideline",
    "retries": 2,
    "retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(hours=3),
}

# The UTC day that a scheduled run covers, and when the run was due.
DAY = "{{ data_interval_start | ds }}"
DUE = "{{ dag_run.run_after.isoformat() }}"


def views(feed: str) -> list[Asset]:
    """The published views of a feed, which its recompute restates."""
    return [
        Asset(name=f"{rollup}_{grain}", uri=f"x-tideline://{feed}/{rollup}_{grain}")
        for rollup in FEEDS[feed]
        for grain in ("1m", "1h")
    ]
