"""What becomes of a command, by a spark-submit that says and ends as the case wants."""

import json

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from lib.tideline.submit import FreshnessCheck, SettledCheck, TidelineOperator


@pytest.fixture
def submit(tmp_path, monkeypatch):
    """Runs an operator with a jar and a configuration, and returns what spark-submit was given."""
    jar, config, given = (tmp_path / name for name in ("tideline.jar", "tideline.yaml", "given"))
    jar.touch()
    config.touch()

    def run(operator, says: str = "", code: int = 0) -> list[str]:
        binary = tmp_path / "bin/spark-submit"
        binary.parent.mkdir(exist_ok=True)
        (tmp_path / "says").write_text(says)
        binary.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {given}\ncat {tmp_path}/says\nexit {code}\n")
        binary.chmod(0o755)
        monkeypatch.setenv("PATH", str(binary.parent), prepend=":")
        operator.application = str(jar)
        operator.application_args[-1] = str(config)
        operator.execute({})
        return given.read_text().splitlines()

    run.jar, run.config = jar, config
    return run


def recompute() -> TidelineOperator:
    return TidelineOperator(task_id="recompute", arguments=["recompute", "--feed", "clicks"], day="2026-11-25")


def a_status(**changes) -> str:
    streams = [{"stream": "speed", "lag": 0, "freshness_seconds": 1, "breaks": []}]
    status = {"feed": "clicks", "kafka": None, "streams": streams, "days": [], "dirty": []}
    return json.dumps(status | changes, separators=(",", ":")) + "\n"


def test_submits_the_jar_with_an_explicit_date_in_client_mode(submit):
    given = submit(recompute())
    command = ["recompute", "--feed", "clicks", "--date", "2026-11-25", "--config", str(submit.config)]
    assert given[-8:] == [str(submit.jar), *command]
    assert given[given.index("--deploy-mode") + 1] == "client"
    assert given[given.index("--master") + 1] == "local[2]"


def test_another_run_that_came_first_is_no_failure(submit):
    submit(recompute(), "clicks 2026-11-25: not published g (another entry)\n", code=3)


@pytest.mark.parametrize("code", [1, 2, 4, 137])
def test_every_other_code_is(submit, code):
    with pytest.raises(AirflowException, match=f"recompute ended with exit code {code}"):
        submit(recompute(), code=code)


def test_fails_with_the_words_of_the_command(submit):
    says = (
        "tideline: recomputing clicks of 2026-11-25\n26/11/26 01:02:03 WARN Something: else\n"
        "tideline: failed: AuditFailedException: Cannot publish: the audit failed, clicks_by_ad counted 1 of 2 distinct events\n"
        "26/11/26 01:02:04 INFO ShutdownHookManager: Shutdown hook called\n"
    )
    with pytest.raises(AirflowException) as failed:
        submit(recompute(), says, code=1)
    assert str(failed.value) == (
        "recompute ended with exit code 1: failed: AuditFailedException: Cannot publish: the audit failed, "
        "clicks_by_ad counted 1 of 2 distinct events"
    )


def test_keeps_the_lines_of_a_list_of_problems(submit):
    with pytest.raises(AirflowException, match="exit code 2: Cannot use tideline.yaml:\n  lake is not set\n  keep=x"):
        submit(recompute(), "tideline: Cannot use tideline.yaml:\n  lake is not set\n  keep=x\nother\n", code=2)


def test_a_jvm_that_died_is_told_by_its_exception_and_not_by_what_it_was_at(submit):
    says = 'tideline: recomputing clicks\nException in thread "main" java.lang.OutOfMemoryError: heap\n\tat x.Y\n'
    with pytest.raises(AirflowException, match='exit code 1: Exception in thread "main" java.lang.OutOfMemoryError: heap$'):
        submit(recompute(), says, code=1)


@pytest.mark.parametrize("missing", ["jar", "config"])
def test_says_what_is_missing_and_does_not_retry(submit, missing):
    file = getattr(submit, missing)
    file.unlink()
    with pytest.raises(AirflowFailException, match=f"^Cannot submit: the .* {file} is not there \\("):
        submit(recompute())


def test_says_that_spark_submit_is_missing(submit, tmp_path, monkeypatch):
    operator = recompute()
    submit(operator)
    (tmp_path / "bin/spark-submit").unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AirflowFailException, match="^Cannot submit: spark-submit is not on the worker's PATH"):
        operator.execute({})


def test_a_settled_day_passes_its_check(submit):
    day = {"day": "2026-11-25", "generation": "g", "published_at": "2026-11-26T00:31:00Z", "unavailable": []}
    submit(settled(), a_status(days=[day], dirty=["2026-11-25"]))


def test_a_day_that_is_not_published_fails_its_check(submit):
    with pytest.raises(AirflowException, match="^clicks: 2026-11-25 is not published$"):
        submit(settled(), a_status())


def test_a_status_that_says_nothing_fails_its_check(submit):
    with pytest.raises(AirflowException, match="^clicks: status said nothing$"):
        submit(settled(), "tideline: starting Spark\n")


def test_a_stream_that_is_behind_fails_its_check(submit):
    streams = [{"stream": "speed", "lag": 11, "freshness_seconds": 1, "breaks": []}]
    check = FreshnessCheck(task_id="check", feeds=["clicks"])
    check.max_lag, check.max_age_seconds = "10", "60"
    with pytest.raises(AirflowException, match="^clicks: speed is 11 records behind, at most 10 are allowed$"):
        submit(check, a_status(streams=streams))


def settled() -> SettledCheck:
    return SettledCheck(task_id="check", feed="clicks", days=["2026-11-25"], since="2026-11-26T00:30:00+00:00")
