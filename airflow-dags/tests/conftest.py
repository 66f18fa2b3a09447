"""Airflow in `target/airflow`, the DAGs of this folder, and stand-ins for what the workers have."""

import os
import sys
from pathlib import Path

DAGS = Path(__file__).resolve().parents[1]
CHECKOUT = DAGS.parent

os.environ.setdefault("AIRFLOW_HOME", str(CHECKOUT / "target/airflow"))
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(DAGS)
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
# Another zone than UTC, so that a day taken from Airflow's default would show.
os.environ["AIRFLOW__CORE__DEFAULT_TIMEZONE"] = "America/New_York"
os.environ.setdefault("AIRFLOW_CONN_SPARK_DEFAULT", '{"conn_type": "spark", "host": "local[2]"}')
sys.path.insert(0, str(DAGS))

import pytest  # noqa: E402
from airflow.dag_processing.dagbag import DagBag  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "lane_c: not what every change must pass, but `bin/test --lane-c`")


@pytest.fixture(scope="session")
def bag() -> DagBag:
    return DagBag(DAGS)
