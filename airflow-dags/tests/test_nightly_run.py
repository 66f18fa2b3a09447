"""The nightly DAG as Airflow runs it: the real spark-submit, the jar, and `bin/tideline dev` with clicks of yesterday."""

import os
import re
import shutil
import subprocess
import time
from datetime import datetime, timedelta, timezone

import pytest
from conftest import CHECKOUT

JAR = CHECKOUT / "app/target/tideline.jar"
CLASSPATH = CHECKOUT / "quickstart/target/classpath"
YESTERDAY = str((datetime.now(timezone.utc) - timedelta(days=1)).date())
CLICKS = 60
MOST_SECONDS = 300
# The quick compiler alone: no driver here lives long enough to win by the other.
QUICK = "-XX:TieredStopAtLevel=1"

pytestmark = [
    pytest.mark.lane_c,
    pytest.mark.skipif(shutil.which("spark-submit") is None, reason="spark-submit is not on the PATH: bin/test puts it there"),
    pytest.mark.skipif(not (JAR.exists() and CLASSPATH.exists()), reason="app/target/tideline.jar is not built: bin/test builds it"),
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """Kafka, S3 and both streams of each feed, which have read the clicks of yesterday."""
    folder = tmp_path_factory.mktemp("dev")
    words = folder / "words"
    with words.open("w") as out, pytest.MonkeyPatch.context() as environment:
        dev = subprocess.Popen(
            [CHECKOUT / "bin/tideline", "dev", "--dir", folder, "--no-alerts", "--no-collector"],
            env=os.environ | {"TIDELINE_BUILD": "no", "TIDELINE_JAVA_OPTS": f"-Xmx1g {QUICK}"},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            until(lambda: "\nready\n" in words.read_text(), dev, words)
            send_clicks(re.search(r"Kafka  (\S+)", words.read_text()).group(1))
            until(lambda: all(accepted(words.read_text(), s) == CLICKS for s in ("archive", "speed")), dev, words)
            environment.setenv("AIRFLOW_VAR_TIDELINE_CONFIG", str(folder / "tideline.yaml"))
            environment.setenv("AIRFLOW_VAR_TIDELINE_DRIVER_MEMORY", "1g")
            environment.setenv("SPARK_LOCAL_IP", "127.0.0.1")
            environment.setenv("SPARK_SUBMIT_OPTS", QUICK)
            yield folder
        finally:
            dev.terminate()
            dev.wait(60)


def until(condition, dev, words):
    end = time.monotonic() + MOST_SECONDS
    while not condition():
        assert dev.poll() is None and time.monotonic() < end, words.read_text()
        time.sleep(0.5)


def accepted(words: str, stream: str) -> int:
    return sum(int(n) for n in re.findall(rf"clicks {stream}: seq .*accepted=(\d+)", words))


def send_clicks(broker: str):
    """By Kafka's own console producer, which the embedded broker brings."""
    click = '{{"event_id":"e{n}","ad_id":{ad},"campaign_id":1,"clicked_at":"{day}T12:00:00Z","is_valid":true}}'
    clicks = "\n".join(click.format(n=n, ad=n % 7, day=YESTERDAY) for n in range(CLICKS))
    producer = ["kafka.tools.ConsoleProducer", "--bootstrap-server", broker, "--topic", "ad-clicks"]
    subprocess.run(["java", "-cp", CLASSPATH.read_text().strip(), *producer], input=clicks, text=True, check=True)


@pytest.fixture
def run(lake, bag, capfd):
    """Runs the tasks of the clicks feed whose names match, without retries; returns their states and what they said."""
    dag = bag.dags["tideline_nightly"]
    for task in dag.tasks:
        task.retries = 0

    def run(tasks: str = ".*") -> tuple[dict[str, str], str]:
        capfd.readouterr()
        done = dag.test(mark_success_pattern=rf"(?!clicks\.({tasks})$).*")
        states = {task.task_id: str(task.state) for task in done.get_task_instances() if task.task_id.startswith("clicks.")}
        return states, capfd.readouterr().out

    return run


def published(said: str) -> tuple[str, str]:
    """Generation and events."""
    return re.search(rf"clicks {YESTERDAY}: published (\S+), horizon seq \d+, (\d+) events", said).groups()


def test_settles_yesterday_and_running_again_publishes_the_same_rows(run):
    states, said = run()
    assert set(states.values()) == {"success"}, said
    first, events = published(said)
    assert events == str(CLICKS)
    assert "clicks: no day is dirty" in said

    states, said = run("recompute_day|check_day")
    assert set(states.values()) == {"success"}, said
    second, events = published(said)
    assert events == str(CLICKS)
    assert second > first


def test_an_audit_that_fails_fails_the_task_with_its_reason(run, monkeypatch, tmp_path):
    monkeypatch.setenv("AIRFLOW_VAR_TIDELINE_JAR", str(a_jar_whose_audit_fails(tmp_path)))
    states, said = run("recompute_day|check_day")
    assert states["clicks.recompute_day"] == "failed"
    assert states["clicks.check_day"] == "upstream_failed"
    assert re.search(
        r"recompute ended with exit code 1: failed: AuditFailedException: "
        r"Cannot publish: the audit failed, \w+ counted 60 of 60 distinct events",
        said,
    ), said


def test_a_missing_jar_fails_the_task_with_its_reason(run, monkeypatch, tmp_path):
    monkeypatch.setenv("AIRFLOW_VAR_TIDELINE_JAR", str(tmp_path / "none.jar"))
    states, said = run("recompute_day")
    assert states["clicks.recompute_day"] == "failed"
    assert f"Cannot submit: the jar {tmp_path}/none.jar is not there" in said


def a_jar_whose_audit_fails(folder):
    """The real jar behind one class of its own: the audit, compiled with a condition that always fails."""
    jar = os.environ.get("AIRFLOW_VAR_TIDELINE_JAR", JAR)
    source = (CHECKOUT / "batch/src/main/java/dev/tideline/batch/Audit.java").read_text()
    assert source.count("counted > distinct ||") == 1
    (folder / "Audit.java").write_text(source.replace("counted > distinct ||", "counted >= 0 ||"))
    spark = f"{os.environ['SPARK_HOME']}/jars/*"
    subprocess.run(["javac", "-proc:none", "-cp", f"{jar}:{spark}", "-d", folder / "classes", folder / "Audit.java"], check=True)
    (folder / "manifest").write_text(f"Main-Class: dev.tideline.app.Tideline\nClass-Path: file:{jar}\n")
    made = folder / "audit-fails.jar"
    subprocess.run(["jar", "cfm", made, folder / "manifest", "-C", folder / "classes", "."], check=True)
    return made
