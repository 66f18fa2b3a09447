"""One `bin/tideline dev --clicks --serve` for all tests, with yesterday settled once."""

import os
import subprocess
import sys
import time
from pathlib import Path

import matplotlib
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((CHECKOUT / "notebooks").glob("*.ipynb"))
COMMAND = [str(CHECKOUT / "bin/tideline")]
ENVIRONMENT = os.environ | {"TIDELINE_BUILD": "no", "TIDELINE_JAVA_OPTS": "-Xmx1g"}
MOST_SECONDS = 600

matplotlib.use("Agg")  # here; not in the environment, which would take the pictures out of the notebooks
# A Spark of another version would be found by it.
os.environ.pop("SPARK_HOME", None)


def pytest_configure(config):
    config.addinivalue_line("markers", "lane_c: not what every change must pass, but `bin/test --lane-c`")


@pytest.fixture(autouse=True)
def nobody_said_where(monkeypatch):
    for name in ("TIDELINE", "TIDELINE_CONFIG", "TIDELINE_JAR", "TIDELINE_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def dev(tmp_path_factory) -> Path:
    """The folder of a stack whose streams have read yesterday's clicks, and whose yesterday is published."""
    if not (CHECKOUT / "quickstart/target/classpath").exists():
        pytest.skip("quickstart/target/classpath is not built: bin/test builds it")
    folder = tmp_path_factory.mktemp("dev")
    words = folder / "words"
    # Beside all that is asked here two cores have no time for rules twice a minute and for micro-batches every two seconds.
    command = [*COMMAND, "dev", "--dir", folder, "--clicks", "20", "--serve", "--no-alerts"]
    command += ["--set", "trigger.speed=10s", "--set", "trigger.archive=20s"]
    with words.open("w") as out:
        running = subprocess.Popen(command, env=ENVIRONMENT, stdout=out, stderr=subprocess.STDOUT)
        try:
            end = time.monotonic() + MOST_SECONDS
            while "\nready\n" not in words.read_text():
                assert running.poll() is None and time.monotonic() < end, words.read_text()
                time.sleep(0.5)
            settled = tideline("recompute", "--feed", "clicks", "--dirty", "--config", folder / "tideline.yaml")
            assert settled.returncode == 0 and "published" in settled.stdout, settled.stdout + settled.stderr
            yield folder
        finally:
            running.terminate()
            running.wait(60)


def tideline(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([*COMMAND, *arguments], env=ENVIRONMENT, capture_output=True, text=True)


def python(script: str, **environment: str) -> subprocess.CompletedProcess:
    """A process of its own: Spark's Java lives as long as the one that started it."""
    return subprocess.run([sys.executable, "-c", script], env=os.environ | environment, capture_output=True, text=True)
