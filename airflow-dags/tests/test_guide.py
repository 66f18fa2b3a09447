"""What docs/GUIDE-AIRFLOW.md says to type, typed; the environment that its first lines make is the one that bin/test makes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CHECKOUT

GUIDE = (CHECKOUT / "docs/GUIDE-AIRFLOW.md").read_text()
INSTALL = ["python3.11 -m venv venv-airflow", "venv-airflow/bin/pip install -r airflow-dags/requirements.txt"]


@pytest.mark.lane_c
def test_every_command_does_what_it_says(tmp_path):
    lines = "".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)).splitlines()
    assert lines[: len(INSTALL)] == INSTALL
    (tmp_path / "venv-airflow").symlink_to(Path(sys.prefix))
    (tmp_path / "airflow-dags").symlink_to(CHECKOUT / "airflow-dags")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    typed = subprocess.run(
        ["bash", "-euc", "\n".join(lines[len(INSTALL) :])],
        cwd=tmp_path,
        env=environment | {"AIRFLOW_HOME": str(tmp_path / "airflow"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    assert typed.returncode == 0, typed.stderr
    for dag_id in ("tideline_nightly", "tideline_freshness", "tideline_backfill_clicks", "tideline_backfill_metrics"):
        assert dag_id in typed.stdout
    assert "Variable tideline_config created" in typed.stdout


def test_lists_the_variables_that_there_are():
    source = (CHECKOUT / "airflow-dags/lib/tideline/configuration.py").read_text()
    names = set(re.findall(r'_variable\("(\w+)"', source)) | {"feeds"}
    assert set(re.findall(r"`tideline_(\w+)`", GUIDE.split("## Variables")[1].split("## The DAGs")[0])) == names
