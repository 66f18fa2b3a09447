"""connect() where it can: by Spark in the process, and by a Spark Connect server."""

import re
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import COMMAND, ENVIRONMENT, MOST_SECONDS, NOTEBOOKS, python
from nbmake.nb_run import NotebookRun
from pyspark.find_spark_home import _find_spark_home

pytestmark = pytest.mark.lane_c

ASK = """
from tideline import TidelineError, connect
def refused(where):
    try: connect(where)
    except TidelineError as e: print("refused:", e)
"""


def test_a_process_connects_to_one_lake_whatever_it_tried_before(dev, tmp_path):
    (tmp_path / "empty").mkdir()
    asked = python(
        f"""{ASK}
refused({str(tmp_path / "empty")!r})
spark = connect({str(dev)!r})
assert connect({str(dev)!r}) is spark
refused({str(tmp_path / "empty")!r})
print("clicks:", spark.sql("SELECT sum(clicks) FROM clicks_by_ad_1h").head()[0])
print("zone:", spark.conf.get("spark.sql.session.timeZone"))
""",
        TZ="America/New_York",
    )
    assert asked.returncode == 0, asked.stderr
    empty, other, clicks, zone = asked.stdout.splitlines()
    assert re.fullmatch(r"refused: Cannot connect to .*/empty: the lake .*/empty has no tables \(start tideline archive and speed, or correct lake\)", empty)
    assert re.fullmatch(r"refused: Cannot connect to .*/empty: connected to .* \(restart the kernel\)", other)
    assert int(clicks.removeprefix("clicks: ")) > 10_000
    assert zone == "zone: UTC"
    assert "secret" not in asked.stderr and "py4j" not in asked.stderr, asked.stderr


def test_a_server_is_asked_by_its_token(dev, monkeypatch):
    with server(dev, "let-me-in") as address:
        assert re.search(r"refused: Cannot connect to sc://\S+: .*TIDELINE_TOKEN", python(f"{ASK}refused({address!r})", TIDELINE_TOKEN="guessed").stdout)
        monkeypatch.setenv("TIDELINE", address)
        monkeypatch.setenv("TIDELINE_TOKEN", "let-me-in")
        asked = python("from tideline import connect; spark = connect(); print(type(spark).__module__, spark.conf.get('spark.sql.session.timeZone'))")
        assert asked.stdout == "pyspark.sql.connect.session UTC\n", asked.stdout + asked.stderr
        (late,) = (notebook for notebook in NOTEBOOKS if notebook.name.startswith("02"))
        result = NotebookRun(late, MOST_SECONDS).execute()
        assert result.error is None, result.error.trace


@contextmanager
def server(dev: Path, token: str):
    """`bin/tideline serve`, with Spark's servers of the wheel."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*COMMAND, "serve", "--config", dev / "tideline.yaml", "--without", "jdbc", "--without", "http", "--connect-port", str(port)]
    words = dev / "serve"
    with words.open("w") as out:
        running = subprocess.Popen(
            command, env=ENVIRONMENT | {"SPARK_HOME": _find_spark_home(), "TIDELINE_TOKEN": token}, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            end = time.monotonic() + MOST_SECONDS
            while "\nready\n" not in words.read_text():
                assert running.poll() is None and time.monotonic() < end, words.read_text()
                time.sleep(0.5)
            yield f"sc://127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait(60)
