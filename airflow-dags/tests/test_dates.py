"""Which day a run covers."""

from datetime import date, datetime, timedelta, timezone

import pytest
from airflow.sdk.exceptions import AirflowFailException
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DataInterval, TimeRestriction
from pendulum import instance

from lib.tideline.days import between


def utc(*parts: int):
    return instance(datetime(*parts, tzinfo=timezone.utc))


@pytest.fixture(scope="module")
def timetable(bag):
    return DagSerialization.deserialize_dag(DagSerialization.serialize_dag(bag.dags["tideline_nightly"])).timetable


def covered(interval: DataInterval) -> date:
    """As `data_interval_start | ds` renders it."""
    return date.fromisoformat(interval.start.strftime("%Y-%m-%d"))


def after(timetable, interval: DataInterval):
    unlimited = TimeRestriction(earliest=None, latest=None, catchup=True)
    return timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=unlimited)


def test_the_run_at_half_past_midnight_covers_the_utc_day_before(timetable):
    last = DataInterval(start=utc(2026, 11, 24, 0, 30), end=utc(2026, 11, 25, 0, 30))
    info = after(timetable, last)
    assert info.run_after == utc(2026, 11, 26, 0, 30)
    assert covered(info.data_interval) == date(2026, 11, 25)


@pytest.mark.parametrize(
    "change",
    [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1)],
    ids=["spring US", "spring EU", "autumn EU", "autumn US"],
)
def test_no_day_is_missed_or_taken_twice_when_clocks_change(timetable, change):
    first = instance(datetime.combine(change, datetime.min.time(), timezone.utc)) - timedelta(days=3)
    first = first.add(minutes=30)
    interval = DataInterval(start=first, end=first.add(days=1))
    days, due = [], []
    for _ in range(6):
        info = after(timetable, interval)
        interval = info.data_interval
        days.append(covered(interval))
        due.append(info.run_after.in_timezone("UTC").strftime("%H:%M"))
    assert days == [change + timedelta(days=n) for n in range(-2, 4)]
    assert set(due) == {"00:30"}


@pytest.mark.parametrize(
    ("started", "day"),
    [
        (utc(2026, 11, 26, 14, 0), date(2026, 11, 25)),
        (utc(2026, 11, 26, 0, 30), date(2026, 11, 25)),
        # The day has ended, the run that covers it was not yet due.
        (utc(2026, 11, 26, 0, 10), date(2026, 11, 24)),
    ],
    ids=["afternoon", "due", "before due"],
)
def test_a_run_by_hand_covers_the_last_day_that_was_due(timetable, started, day):
    assert covered(timetable.infer_manual_data_interval(run_after=started)) == day


def test_a_backfill_takes_both_ends_over_a_leap_day():
    assert between("2028-02-28", "2028-03-01", before="2028-03-02") == ["2028-02-28", "2028-02-29", "2028-03-01"]
    assert between("2026-11-25", "2026-11-25", before="2026-11-26") == ["2026-11-25"]
    assert len(between("2026-10-01", "2026-10-31", before="2026-11-26")) == 31


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        ("2026-11-25", "2026-11-24", "the last day 2026-11-24 is before the first, 2026-11-25"),
        ("2026-11-25", "2026-11-26", "2026-11-26 has not ended (the last that has is 2026-11-25)"),
        ("2026-10-01", "2026-11-01", "2026-10-01 to 2026-11-01 are 32 days, at most 31 in one run"),
        ("2026-02-30", "2026-03-01", "2026-02-30 is no day (YYYY-MM-DD)"),
    ],
)
def test_a_backfill_refuses_days_that_make_no_sense(first, last, why):
    with pytest.raises(AirflowFailException) as refused:
        between(first, last, before="2026-11-26")
    assert str(refused.value) == f"Cannot backfill: {why}"
