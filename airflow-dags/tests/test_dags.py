"""What every DAG has, and the order of its tasks."""

import re

import pytest
from conftest import CHECKOUT

from lib.tideline import configuration
from lib.tideline.submit import SettledCheck, StatusCheck

DAG_IDS = ["tideline_backfill_clicks", "tideline_backfill_metrics", "tideline_freshness", "tideline_nightly"]


def checks(task) -> bool:
    return issubclass(getattr(task, "operator_class", type(task)), StatusCheck)


def writes(task) -> bool:
    arguments = task.partial_kwargs["arguments"] if hasattr(task, "partial_kwargs") else getattr(task, "arguments", None)
    return bool(arguments) and not checks(task)


def test_all_dags_load(bag):
    assert bag.import_errors == {}
    assert sorted(bag.dags) == DAG_IDS


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_states_who_owns_it_and_how_it_runs(bag, dag_id):
    dag = bag.dags[dag_id]
    assert dag.catchup is False
    assert dag.max_active_runs == 1
    assert "tideline" in dag.tags
    assert {"owner", "retries", "retry_delay", "execution_timeout"} <= set(dag.default_args)
    assert {task.owner for task in dag.tasks} == {"tideline"}


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_shows_its_runbook(bag, dag_id):
    words = ["**What.**", "**When.**", "**Reads.**", "**Writes.**", "**If it fails.**"]
    found = [bag.dags[dag_id].doc_md.find(word) for word in words]
    assert -1 not in found and found == sorted(found)


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_has_a_check_behind_each_write(bag, dag_id):
    dag = bag.dags[dag_id]
    for task in filter(writes, dag.tasks):
        assert any(checks(next_task) for next_task in task.downstream_list), task.task_id
        assert all(checks(next_task) for next_task in task.downstream_list), task.task_id


@pytest.mark.parametrize("file", sorted(CHECKOUT.glob("airflow-dags/tideline_*.py")), ids=lambda file: file.name)
def test_asks_no_clock(file):
    assert not re.search(r"\bnow\(|today\(|\{% ", file.read_text())


def test_nightly_settles_each_feed_step_by_step(bag):
    dag = bag.dags["tideline_nightly"]
    steps = ["recompute_day", "check_day", "recompute_dirty", "check_dirty", "maintain", "check_maintain"]
    assert len(dag.tasks) == 2 * len(steps)
    for feed in ("clicks", "metrics"):
        for before, after in zip(steps, steps[1:], strict=False):
            assert dag.get_task(f"{feed}.{before}").downstream_task_ids == {f"{feed}.{after}"}


def test_nightly_goes_on_behind_a_day_that_failed_and_fails_in_the_end(bag):
    dag = bag.dags["tideline_nightly"]
    for feed in ("clicks", "metrics"):
        for task in (task for task in dag.tasks if task.task_id.startswith(feed + ".")):
            expected = "all_done" if task.task_id.removeprefix(feed + ".") in ("recompute_dirty", "maintain") else "all_success"
            assert task.trigger_rule == expected, task.task_id
        last = dag.get_task(f"{feed}.check_maintain")
        assert last.downstream_task_ids == set() and last.days == ["{{ data_interval_start | ds }}"]


def test_nightly_submits_what_a_person_would_type(bag):
    def typed(task_id: str) -> list[str]:
        return bag.dags["tideline_nightly"].get_task(f"clicks.{task_id}").application_args[:-2]

    day = "{{ data_interval_start | ds }}"
    assert typed("recompute_day") == ["recompute", "--feed", "clicks", "--date", day]
    assert typed("recompute_dirty") == ["recompute", "--feed", "clicks", "--dirty"]
    assert typed("maintain") == ["maintain", "--feed", "clicks"]
    assert typed("check_day") == ["status", "--format", "json", "--feed", "clicks"]


def test_a_recompute_restates_the_views_of_its_feed(bag):
    nightly, backfill = bag.dags["tideline_nightly"], bag.dags["tideline_backfill_metrics"]
    views = {"metrics_1m", "metrics_1h", "metrics_by_service_1m", "metrics_by_service_1h"}
    for task in (
        nightly.get_task("metrics.recompute_day"),
        nightly.get_task("metrics.recompute_dirty"),
        backfill.get_task("recompute"),
    ):
        outlets = task.partial_kwargs["outlets"] if hasattr(task, "partial_kwargs") else task.outlets
        assert {asset.name for asset in outlets} == views
    assert nightly.get_task("metrics.maintain").outlets == []


def test_the_feeds_are_those_that_are_shipped():
    shipped = {}
    for file in CHECKOUT.glob("lakehouse/src/main/resources/feeds/*.yaml"):
        rollups = re.search(r"^rollups:\n((?: .*\n)+)", file.read_text(), re.MULTILINE).group(1)
        shipped[file.stem] = re.findall(r"^  (\w+):", rollups, re.MULTILINE)
    assert configuration.FEEDS == shipped


def test_backfill_checks_the_days_that_it_recomputed_one_by_one(bag):
    dag = bag.dags["tideline_backfill_clicks"]
    recompute, check = dag.get_task("recompute"), dag.get_task("check")
    assert dag.get_task("days").downstream_task_ids == {"recompute", "check"}
    assert recompute.downstream_task_ids == {"check"}
    assert recompute.max_active_tis_per_dagrun == 1
    assert isinstance(check, SettledCheck)
