"""Ranges of UTC days that a person asks for."""

from datetime import date, timedelta

from airflow.sdk.exceptions import AirflowFailException

MOST = 31


def between(first: str, last: str, before: str) -> list[str]:
    """The days from `first` to `last`, both included, oldest first.

    :param before: the day that still runs, which nobody recomputes by the range
    """
    start, end, today = (_day(text) for text in (first, last, before))
    if end < start:
        raise _cannot(f"the last day {last} is before the first, {first}")
    if end >= today:
        raise _cannot(f"{last} has not ended (the last that has is {today - timedelta(days=1)})")
    count = (end - start).days + 1
    if count > MOST:
        raise _cannot(f"{first} to {last} are {count} days, at most {MOST} in one run")
    return [str(start + timedelta(days=n)) for n in range(count)]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _cannot(f"{text} is no day (YYYY-MM-DD)") from None


def _cannot(why: str) -> AirflowFailException:
    return AirflowFailException(f"Cannot backfill: {why}")
