"""How a status is judged."""

from datetime import datetime, timezone

from lib.tideline.status import behind, parse, unsettled

DUE = datetime(2026, 11, 26, 0, 30, tzinfo=timezone.utc)


def a_day(day="2026-11-25", generation="g1", published_at="2026-11-26T00:31:00.5Z", unavailable=()) -> dict:
    return {"day": day, "generation": generation, "published_at": published_at, "unavailable": list(unavailable)}


def a_stream(stream="archive", lag=0, age=1, breaks=()) -> dict:
    return {"stream": stream, "lag": lag, "freshness_seconds": age, "breaks": list(breaks)}


def a_feed(days=(), dirty=(), streams=(), kafka=None) -> dict:
    return {"feed": "clicks", "kafka": kafka, "days": list(days), "dirty": list(dirty), "streams": list(streams)}


def test_finds_the_status_among_other_lines():
    assert parse(["26/11/26 WARN Utils: x", '{"feed":"clicks","days":[]}', "{}"]) == {"clicks": {"feed": "clicks", "days": []}}


def test_a_published_day_is_settled():
    assert unsettled(a_feed([a_day()]), ["2026-11-25"], DUE) == []


def test_a_day_without_a_generation_is_not_published():
    unpublished = a_day(generation=None, published_at=None)
    assert unsettled(a_feed([unpublished]), ["2026-11-25"], DUE) == ["2026-11-25 is not published"]
    assert unsettled(a_feed(), ["2026-11-25"], DUE) == ["2026-11-25 is not published"]


def test_a_dirty_day_passes_only_when_it_was_settled_since():
    settled_before = a_day(published_at="2026-11-25T00:31:00Z")
    assert unsettled(a_feed([a_day()], dirty=["2026-11-25"]), ["2026-11-25"], DUE) == []
    assert unsettled(a_feed([settled_before], dirty=["2026-11-25"]), ["2026-11-25"], DUE) == [
        "2026-11-25 is dirty, last published 2026-11-25T00:31:00Z"
    ]


def test_another_dirty_day_is_told_too():
    status = a_feed([a_day()], dirty=["2026-11-20"])
    assert unsettled(status, ["2026-11-25"], DUE) == ["2026-11-20 is dirty, last published never"]


def test_a_day_that_lacks_a_rollup_is_told():
    assert unsettled(a_feed([a_day(unavailable=["new"])]), ["2026-11-25"], DUE) == ["2026-11-25 lacks new"]


def test_a_day_that_lacks_a_measure_is_told():
    day = a_day() | {"missing": {"clicks_by_ad": ["cost", "users"]}}
    assert unsettled(a_feed([day]), ["2026-11-25"], DUE) == ["2026-11-25 lacks cost, users of clicks_by_ad"]


def test_a_stream_with_nothing_to_read_is_never_behind():
    assert behind(a_feed(streams=[a_stream(lag=0, age=90_000)]), 100, 60) == []
    assert behind(a_feed(streams=[a_stream(lag=0, age=None)]), 100, 60) == []


def test_a_stream_is_behind_by_records_or_by_time():
    def words(**stream) -> list[str]:
        return behind(a_feed(streams=[a_stream(**stream)]), 100, 60)

    assert words(lag=100, age=60) == []
    assert words(lag=1001) == ["archive is 1,001 records behind, at most 100 are allowed"]
    assert words(lag=1, age=61) == ["archive has recorded nothing for 61 s, 1 records wait"]
    assert words(lag=1, age=None) == ["archive has never recorded anything, 1 records wait"]
    assert words(breaks=["gap after seq 3"]) == ["archive: gap after seq 3"]


def test_a_lag_that_nobody_knows_is_no_good_news():
    assert behind(a_feed(kafka="no broker answers", streams=[a_stream(lag=None)]), 100, 60) == ["lag unknown: no broker answers"]
