"""connect() where it can: by Spark in the process, and by a Spark Connect server."""

import os
import re
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from conftest import MOST_SECONDS, python
from pyspark.find_spark_home import _find_spark_home

from tideline.java import classpath

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


def test_a_server_is_asked_by_its_token(dev):
    with connect_server(dev, "let-me-in") as address:
        ask = f"""{ASK}
refused({address!r})
"""
        assert "has no views" in python(ask, TIDELINE_TOKEN="let-me-in").stdout
        assert re.search(r"refused: Cannot connect to \S+: .*TIDELINE_TOKEN", python(ask, TIDELINE_TOKEN="guessed").stdout)
        made = python(
            f"""
from pyspark.sql.connect.session import SparkSession
spark = SparkSession.builder.remote({address!r}.replace("127.0.0.1", "localhost") + "/;token=let-me-in").getOrCreate()
spark.sql("CREATE VIEW clicks_by_ad_1h AS SELECT * FROM tideline('clicks_by_ad_1h')").collect()
"""
        )
        assert made.returncode == 0, made.stderr
        asked = python(
            f"""
from tideline import connect
spark = connect({address!r})
print(type(spark).__module__, spark.conf.get("spark.sql.session.timeZone"), spark.sql("SELECT sum(clicks) FROM clicks_by_ad_1h").toPandas().iloc[0, 0])
""",
            TIDELINE_TOKEN="let-me-in",
        )
        assert re.fullmatch(r"pyspark\.sql\.connect\.session UTC \d{5,}\n", asked.stdout), asked.stdout + asked.stderr


@contextmanager
def connect_server(dev: Path, token: str):
    """Spark's own server, set up as README says for a session that may only be configured."""
    home = Path(_find_spark_home())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configured = yaml.safe_load((dev / "tideline.yaml").read_text())
    settings = {key: value for key, value in configured.items() if key.startswith("spark.hadoop.")} | {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension,dev.tideline.serving.TidelineExtensions",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.tideline.lake": configured["lake"],
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.connect.authenticate.token": token,
        "spark.sql.shuffle.partitions": 2,
        "spark.databricks.delta.snapshotPartitions": 2,
        "spark.ui.enabled": "false",
    }
    command = [home / "bin/spark-submit", "--master", "local[2]", "--driver-memory", "1g"]
    command += ["--driver-class-path", classpath("a test", [Path(__file__).parent], home / "jars")]
    for key, value in settings.items():
        command += ["--conf", f"{key}={value}"]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
    words = dev / "connect-server"
    with words.open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"})
        try:
            end = time.monotonic() + MOST_SECONDS
            while not answers(port):
                assert server.poll() is None and time.monotonic() < end, words.read_text()
                time.sleep(0.5)
            yield f"sc://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(60)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False
