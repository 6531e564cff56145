"""Points that somebody wrote straight into InfluxDB: without our tags, with others, of other types."""

import itertools
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from influx.influxdb.programs import TASKS, once
from influx.lines import parse_line
from influx.plan import plan
from influx.points import Point, to_ns
from influx.schema import ROLLED
from influx.server import ServerStore
from influx.store import RowQuery
from influx.windows import Aggregate, Horizon, Window
from influx.words import UNKNOWN_TAG
from tests.influx.conftest import FOREVER, section
from tests.influx.test_rollups import there
from tests.servers import Influx

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")
OURS = "environment,location=room,node=pi,sensor=hat"
_noons = (datetime(2025, 1, 7, 12, tzinfo=UTC) + n * 56 * DAY for n in itertools.count())


@pytest.fixture(scope="module")
def store(influx_server: Influx) -> Iterator[ServerStore]:
    """The store of a home whose buckets others write into too."""
    config = section(influx_server)
    made = ServerStore(config.url, config.org, influx_server.token, prefix=config.bucket_prefix)
    with closing(made) as store:
        yield store


@pytest.fixture
def noon() -> datetime:
    """A noon that no other test has points near, within weeks."""
    return next(_noons)


def put(store: ServerStore, *lines: tuple[str, datetime]) -> None:
    """Write as a stranger does: what the vocabulary would refuse, into the bucket of ``environment``."""
    store.write("environment", [f"{text} {to_ns(at)}" for text, at in lines])


def around(noon: datetime) -> Window:
    return Window(noon - 14 * DAY, noon + 14 * DAY)


def lines(store: ServerStore, noon: datetime) -> list[Point]:
    return [parse_line(text) for some in store.lines("environment", around(noon)) for text in some]


def chart(
    store: ServerStore,
    window: Window,
    *group: str,
    aggregate: Aggregate = Aggregate.MEAN,
    tags: dict[str, str] | None = None,
) -> dict[tuple[str, ...], list[float | None]]:
    """The values of each series of temperatures, by its tags."""
    horizon = Horizon(window.stop, FOREVER, UTC_ZONE)
    made = plan(
        "environment",
        ("temperature",),
        window,
        horizon=horizon,
        every=10 * MINUTE,
        aggregates=(aggregate,),
        group=group or None,
        tags=tags,
    )
    found = store.series(made)
    return {tuple(one.tags.values()): [values[0] for _, values in one.rows] for one in found}


def test_a_point_without_a_tag_reads_as_one_of_unknown(store: ServerStore, noon: datetime) -> None:
    bare = "environment,location=room,node=pi"
    put(store, (f"{OURS} temperature=20", noon), (f"{bare} temperature=30", noon + MINUTE))
    sensors = [UNKNOWN_TAG, "hat"]
    rows = store.rows(RowQuery("environment", around(noon))).points
    assert [point.tags["sensor"] for point in rows] == sensors
    assert [point.tags["sensor"] for point in lines(store, noon)] == sensors[::-1]
    newest = store.latest("environment", around(noon))
    assert sorted(point.tags["sensor"] for point in newest) == ["hat", UNKNOWN_TAG]
    window = Window(noon, noon + HOUR)
    assert chart(store, window) == {("room", "pi", "hat"): [20.0], ("room", "pi", UNKNOWN_TAG): [30.0]}
    assert chart(store, window, "sensor") == {("hat",): [20.0], (UNKNOWN_TAG,): [30.0]}
    assert chart(store, window, "location") == {("room",): [25.0]}
    for aggregate, value in ((Aggregate.LAST, 30.0), (Aggregate.COUNT, 2.0), (Aggregate.MAX, 30.0)):
        assert chart(store, window, "location", aggregate=aggregate) == {("room",): [value]}


def test_points_without_a_tag_are_found_by_the_tag(store: ServerStore, noon: datetime) -> None:
    put(store, (f"{OURS} temperature=20", noon), ("environment,node=pi temperature=30", noon + MINUTE))
    tags = {"sensor": UNKNOWN_TAG}
    (row,) = store.rows(RowQuery("environment", around(noon), tags)).points
    (newest,) = store.latest("environment", around(noon), tags)
    assert row == newest
    assert row.tags == {"node": "pi", "sensor": UNKNOWN_TAG, "location": UNKNOWN_TAG}
    assert list(chart(store, Window(noon, noon + HOUR), "node", tags=tags).values()) == [[30.0]]


def test_pages_lose_no_point_that_lacks_a_tag(store: ServerStore, noon: datetime) -> None:
    kinds = (OURS, "environment,location=room,node=pi", "environment,node=pi", "environment")
    put(store, *((f"{kind} temperature={n}", noon + (n // 2) * MINUTE) for n in range(8) for kind in kinds))
    query = RowQuery("environment", around(noon), limit=3)
    found: list[Point] = []
    for _ in range(20):
        page = store.rows(query)
        found += page.points
        if page.next is None:
            break
        query = RowQuery("environment", around(noon), limit=3, before=page.next)
    # Of points of one series and time the later one counts.
    assert len(found) == len({(point.time_ns, *point.tags.values()) for point in found}) == 16


def test_tags_fields_and_measurements_of_others_are_passed_over(store: ServerStore, noon: datetime) -> None:
    put(
        store,
        (f"{OURS} temperature=20", noon),
        (f'{OURS},floor=2 temperature=40,colour="red"', noon + MINUTE),
        (f'{OURS} colour="blue"', noon + 2 * MINUTE),
        ("weather,place=garden temperature=3", noon),
    )
    for point in store.rows(RowQuery("environment", around(noon))).points:
        assert point.tags == parse_line(f"{OURS} temperature=1 1").tags
        assert point.fields.keys() == {"temperature"}
    assert [point.fields for point in lines(store, noon)] == [{"temperature": 20.0}, {"temperature": 40.0}]
    (newest,) = store.latest("environment", around(noon))
    assert newest.fields == {"temperature": 40.0}
    assert list(chart(store, Window(noon, noon + HOUR)).values()) == [[30.0]]
    roll_up(store, noon)


@pytest.mark.parametrize("value", ['"warm"', "true", "3i", "3u", '"a,b"'])
@pytest.mark.parametrize("later", [-14 * DAY, 14 * DAY], ids=["before ours", "after ours"])
def test_values_of_other_types_never_break_an_answer(
    store: ServerStore, noon: datetime, value: str, later: timedelta
) -> None:
    # Within a shard all values of a field are of the type of the first; a shard of these is a week long.
    put(store, (f"{OURS} temperature=20", noon))
    put(
        store,
        (f"{OURS} temperature={value}", noon + later),
        (f"{OURS},sensor2=x temperature={value}", noon + later),
    )
    window = Window(noon - 15 * DAY, noon + 15 * DAY)
    numbers = {3.0, 20.0}
    for query in (
        RowQuery("environment", window),
        RowQuery("environment", window, fields={"temperature": 20.0}),
    ):
        assert {point.fields["temperature"] for point in store.rows(query).points} <= numbers
    assert {point.fields["temperature"] for point in store.latest("environment", window)} <= numbers
    exported = [parse_line(text) for some in store.lines("environment", window) for text in some]
    assert 20.0 in {point.fields["temperature"] for point in exported}
    assert {point.fields["temperature"] for point in exported} <= numbers
    for aggregate in Aggregate:
        for group in ((), ("location",)):
            chart(store, window, *group, aggregate=aggregate)
    roll_up(store, noon)
    roll_up(store, noon + later)
    (quarter,) = there(store, Window(noon, noon + HOUR), "environment_15m")
    assert quarter.fields["temperature_mean"] == 20.0


@pytest.mark.parametrize("strict", [True, False])
def test_tasks_roll_up_what_they_can(store: ServerStore, noon: datetime, strict: bool) -> None:
    put(store, ("environment temperature=20", noon), ("weather temperature=7", noon))
    put(store, (f'{OURS} temperature="warm"', noon - 7 * DAY), (f"{OURS} humidity=40", noon - 7 * DAY))
    store.write("pet_activity", [f"pet_activity,camera=cage motion=0.5 {to_ns(noon)}"])
    store.write("node", [f"node,node=pi load=1i,uptime=true,battery=50 {to_ns(noon)}"])
    for start in (noon, noon - 7 * DAY):
        for name in TASKS:
            if strict:
                list(store._objects(once(name, store._prefix, UTC_ZONE, Window(start, start + HOUR))))
        for spec in ROLLED:
            store.roll_up(spec.name, Window(start, start + HOUR), UTC_ZONE)
    store.baseline(noon + DAY, UTC_ZONE)
    day = Window(noon - 8 * DAY, noon + 2 * DAY)
    warm, humid = there(store, day, "environment_15m")
    assert (warm.fields["temperature_mean"], warm.tags["location"]) == (20.0, UNKNOWN_TAG)
    assert humid.fields["humidity_mean"] == 40.0
    (health,) = there(store, day, "node_15m")
    assert {name for name in health.fields if name.endswith("_mean")} == {"load_mean", "battery_mean"}
    (active,) = there(store, day, "pet_active_15m")
    assert active.fields["minutes"] == 1
    assert [point.tags["subject"] for point in there(store, day, "baseline")] == [UNKNOWN_TAG] * 2


def roll_up(store: ServerStore, noon: datetime) -> None:
    store.roll_up("environment", Window(noon, noon + HOUR), UTC_ZONE)
    store.baseline(noon + DAY, UTC_ZONE)
