"""How the answer of `tideline status --format json` is judged: plain functions from a feed's status to problems in words."""

import json
from collections.abc import Iterable
from datetime import datetime


def parse(lines: Iterable[str]) -> dict[str, dict]:
    """The status of each feed by its name; other lines, such as Spark's, are passed over."""
    found = {}
    for line in lines:
        if line.startswith('{"feed":'):
            status = json.loads(line)
            found[status["feed"]] = status
    return found


def unsettled(status: dict, days: list[str], since: datetime) -> list[str]:
    """Why `days` are not published, or which day is dirty although nobody has settled it since `since`.

    Late events may come between a recompute and its check. They make the day dirty again and are for the next night (the
    speed layer answers them meanwhile), so a day that was published after `since` passes.
    """
    published = {day["day"]: day for day in status["days"] if day["generation"]}
    problems = [f"{day} is not published" for day in days if day not in published]
    for day in status["dirty"]:
        at = published.get(day, {}).get("published_at")
        if at is None or _time(at) < since:
            problems.append(f"{day} is dirty, last published {at or 'never'}")
    for day in days:
        lacking = published.get(day, {}).get("unavailable")
        if lacking:
            problems.append(f"{day} lacks {', '.join(lacking)}")
        for rollup, measures in published.get(day, {}).get("missing", {}).items():
            problems.append(f"{day} lacks {', '.join(measures)} of {rollup}")
    return problems


def behind(status: dict, max_lag: int, max_age_seconds: int) -> list[str]:
    """Which streams have not read what Kafka has. A stream with nothing to read is never behind."""
    if status["kafka"]:
        return [f"lag unknown: {status['kafka']}"]
    problems = []
    for stream in status["streams"]:
        name, lag, age = stream["stream"], stream["lag"], stream["freshness_seconds"]
        if lag > max_lag:
            problems.append(f"{name} is {lag:,} records behind, at most {max_lag:,} are allowed")
        elif lag > 0 and age is None:
            problems.append(f"{name} has never recorded anything, {lag:,} records wait")
        elif lag > 0 and age > max_age_seconds:
            problems.append(f"{name} has recorded nothing for {age} s, {lag:,} records wait")
        problems += [f"{name}: {broken}" for broken in stream["breaks"]]
    return problems


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
