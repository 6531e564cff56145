"""``Store.lines``: everything there is within a window, exactly, however much."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from influx.embedded import EmbeddedStore
from influx.lines import parse_line
from influx.points import Point, check, line, make, to_ns
from influx.rows_as_lines import MOST_LINES
from influx.schema import ENVIRONMENT, MEASUREMENTS, NODE, PIPELINE, REGISTRY
from influx.store import RowQuery, Store
from influx.windows import Window
from tests.influx.conftest import FOREVER
from tests.influx.reference import Reference
from tests.influx.strategies import any_measurement, points

START = datetime(2031, 3, 1, tzinfo=UTC)
_days = itertools.count()


def next_day() -> Window:
    """A day that no other test has written into."""
    start = START + timedelta(days=next(_days))
    return Window(start, start + timedelta(days=1))


def put(store: Store, *given: Point) -> None:
    for name, group in itertools.groupby(sorted(given, key=lambda p: p.measurement), lambda p: p.measurement):
        store.write(name, [line(point) for point in group])


def read(store: Store, measurement: str, window: Window) -> list[Point]:
    return [check(parse_line(text)) for chunk in store.lines(measurement, window) for text in chunk]


def place(point: Point) -> tuple[int, tuple[str, ...]]:
    return point.time_ns, tuple(point.tags.values())


def climate(at: int, sensor: str, **fields: float) -> Point:
    return make(ENVIRONMENT, {"node": "pi", "sensor": sensor, "location": "room"}, dict(fields), at)


def test_a_window_without_points_has_no_lines(store: Store) -> None:
    assert list(store.lines("pet_event", next_day())) == []


def test_a_window_has_its_start_and_not_its_stop(store: Store) -> None:
    day = next_day()
    start, stop = to_ns(day.start), to_ns(day.stop)
    there = [climate(at, "a", temperature=20.0) for at in (start, stop - 1)]
    put(store, *there, climate(start - 1, "a", temperature=1.0), climate(stop, "a", temperature=1.0))
    assert read(store, "environment", day) == there


def test_whole_floats_and_integers_that_no_float_holds_keep_their_type(store: Store) -> None:
    day = next_day()
    at = to_ns(day.start)
    put(store, make(NODE, {"node": "a"}, {"uptime": 2.0**60, "load": 1.0}, at))
    put(store, make(PIPELINE, {"node": "a", "part": "spool"}, {"depth": 2**53 + 1}, at))
    (found,) = store.lines("node", day)
    assert found == [f"node,node=a load=1.0,uptime={2.0**60!r} {at}"]
    assert list(store.lines("pipeline", day)) == [[f"pipeline,node=a,part=spool depth={2**53 + 1}i {at}"]]


def test_more_points_than_one_list_holds_come_oldest_first_each_once(store: Store) -> None:
    day = next_day()
    base = to_ns(day.start)
    # Seven series share each time, so that the lists end in the middle of one.
    given = [
        climate(base + second * 10**9, name, temperature=float(second % 50))
        for second in range(1800)
        for name in "abcdefg"
    ]
    for start in range(0, len(given), 5000):
        put(store, *given[start : start + 5000])
    chunks = list(store.lines("environment", day))
    assert [len(chunk) <= MOST_LINES for chunk in chunks] == [True] * len(chunks)
    assert len(chunks) >= len(given) // MOST_LINES
    found = [parse_line(text) for chunk in chunks for text in chunk]
    assert [point.time_ns for point in found] == [point.time_ns for point in given]
    assert {line(point) for point in found} == {line(point) for point in given}


def test_reading_may_stop_half_way_and_others_go_on(store: Store) -> None:
    day = next_day()
    put(store, *(climate(to_ns(day.start) + n, "a", temperature=1.0) for n in range(MOST_LINES + 1)))
    reading = store.lines("environment", day)
    assert isinstance(reading, Iterator)
    assert len(next(reading)) == MOST_LINES
    put(store, climate(to_ns(day.stop) - 1, "late", temperature=1.0))
    del reading
    assert len(read(store, "environment", day)) == MOST_LINES + 2


def test_a_point_that_arrives_behind_the_reader_disturbs_nothing(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "points.sqlite", retention=FOREVER)
    day = next_day()
    base = to_ns(day.start) + 10**9
    put(store, *(climate(base + n, "a", temperature=1.0) for n in range(MOST_LINES + 5)))
    reading = store.lines("environment", day)
    first = next(reading)
    put(store, climate(base - 1, "a", temperature=2.0))
    rest = [text for chunk in reading for text in chunk]
    assert len(first) + len(rest) == MOST_LINES + 5
    store.close()


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_is_written_comes_back_and_can_be_written_elsewhere(
    store: Store, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    day = next_day()
    start = to_ns(day.start)
    spec = data.draw(any_measurement)
    since = st.integers(0, 86_400 * 10**9 - 1) | st.integers(0, 1)
    given = data.draw(st.lists(points(st.just(spec), times=since), min_size=1, max_size=8))
    reference = Reference()
    for drawn in given:
        point = replace(drawn, time_ns=start + drawn.time_ns)
        put(store, point)
        reference.write(point)
    expected = reference.rows(RowQuery(spec.name, day))[::-1]
    found = read(store, spec.name, day)
    assert [point.time_ns for point in found] == sorted(point.time_ns for point in found)
    assert sorted(found, key=place) == expected
    elsewhere = EmbeddedStore(tmp_path_factory.mktemp("elsewhere") / "points.sqlite", retention=FOREVER)
    for chunk in store.lines(spec.name, day):
        elsewhere.write(spec.name, chunk)
    assert read(elsewhere, spec.name, day) == expected, "the embedded store sorts ties by their tags"
    elsewhere.close()


def test_every_measurement_can_be_asked_for(store: Store) -> None:
    day = next_day()
    for spec in MEASUREMENTS.values():
        assert list(store.lines(spec.name, day)) == []
    made = make(REGISTRY, {"kind": "node", "name": "a", "node": "a"}, {"retired": True}, to_ns(day.start))
    put(store, made)
    assert read(store, "registry", day) == [made]
