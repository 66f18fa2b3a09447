"""What docs/GUIDE-BI.md says to type, typed, on the servers beside the fixture's `dev`."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest
from conftest import CHECKOUT, ENVIRONMENT

GUIDE = (CHECKOUT / "docs/GUIDE-BI.md").read_text()
WHEEL, EXPORT, DEV, BEELINE, *CURLS = "".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)).splitlines()


def test_the_top_ads_are_two_commands_away(dev):
    assert WHEEL.endswith("pip install pyspark==" + pyspark.__version__)
    assert EXPORT.startswith("export SPARK_HOME=")
    assert DEV.split("#")[0].strip() == "bin/tideline dev --clicks 20 --serve"  # the fixture runs it
    answered = typed(BEELINE, SPARK_HOME=str(Path(pyspark.__file__).parent))
    assert answered.returncode == 0, answered.stderr
    assert "10 rows selected" in answered.stdout + answered.stderr


@pytest.mark.lane_c
def test_every_address_answers(dev):
    assert len(CURLS) >= 6
    for line in CURLS:
        answered = typed(line)
        assert answered.returncode == 0, answered.stderr
        assert "error" not in json.loads(answered.stdout), (line, answered.stdout)


@pytest.mark.lane_c
def test_sqlalchemy_asks_as_the_guide_says(dev):
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    ask = 'from sqlalchemy import text\nwith engine.connect() as c: print([row.viewName for row in c.execute(text("SHOW VIEWS"))])'
    asked = subprocess.run([sys.executable, "-c", code + ask], env=ENVIRONMENT, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr
    assert "'clicks_by_ad_1m'" in asked.stdout


def typed(line: str, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(["bash", "-euc", line], env=os.environ | more, capture_output=True, text=True)
