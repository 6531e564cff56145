"""Windows joined from raw points and rollups: what they tell is what all the raw points would have told."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from influx.config import Retention
from influx.plan import plan
from influx.points import Point, line, make, to_ns
from influx.schema import ENVIRONMENT, MEASUREMENTS, PET_EVENT, ROLLUPS
from influx.steps import DAY, QUARTER, Grid
from influx.store import Series, Store
from influx.windows import DAY_READY, READABLE, READY, Aggregate, Horizon, Plan, Window
from tests.influx.horizons import FOREVER, ZONES
from tests.influx.reference import Reference, same
from tests.influx.reference_rollups import everything

MINUTE = timedelta(minutes=1)
ALL = (Aggregate.MEAN, Aggregate.MIN, Aggregate.MAX, Aggregate.COUNT, Aggregate.SUM)
CHANGES = tuple(
    datetime(year, month, day, tzinfo=UTC)
    for year, month, day in (
        (2026, 3, 29), (2026, 10, 25), (2026, 4, 4), (2026, 10, 3), (2026, 3, 8), (2026, 11, 1), (2026, 7, 1),
    )
)  # fmt: skip
"""Days on which clocks change in one of the zones, and one on which they do not."""
EDGE = 2 * QUARTER
"""As near to the end of its retention a point may be gone before it is read."""
_numbers = itertools.count()


def lengths(shortest: timedelta, longest: timedelta) -> st.SearchStrategy[timedelta]:
    return st.timedeltas(shortest, longest)


@st.composite
def horizons(draw: st.DrawFn) -> Horizon:
    """Some days after clocks were set, keeping anything from hours to for ever."""
    now = draw(st.sampled_from(CHANGES)) + draw(
        st.one_of(lengths(timedelta(0), 20 * DAY), st.integers(0, 1920).map(lambda n: n * QUARTER))
    )
    retention = Retention(
        readings=draw(st.none() | lengths(timedelta(hours=1), 16 * DAY)),
        rollup_15m=draw(st.none() | lengths(timedelta(hours=1), 30 * DAY)),
        rollup_1d=draw(st.none() | lengths(DAY, 40 * DAY)),
    )
    return Horizon(now, retention, draw(st.sampled_from(ZONES)))


@st.composite
def moments(draw: st.DrawFn, horizon: Horizon) -> datetime:
    """Within the last 40 days, often where something begins or ends."""
    moment = horizon.now - draw(lengths(timedelta(0), 40 * DAY))
    unit = draw(st.sampled_from((None, timedelta(seconds=1), QUARTER, timedelta(hours=6), DAY)))
    if unit is None:
        return moment
    start = Grid(unit, horizon.zone).floor(moment)
    return min(horizon.now, start + draw(st.sampled_from((-1, 0, 0, 1))) * timedelta.resolution)


@st.composite
def readings(draw: st.DrawFn, horizon: Horizon, node: str) -> Point:
    tags = {"node": node, "sensor": draw(st.sampled_from("ab")), "location": draw(st.sampled_from("xy"))}
    fields = draw(
        st.fixed_dictionaries({"temperature": st.floats(-90, 150)}, optional={"humidity": st.floats(0, 100)})
    )
    return make(ENVIRONMENT, tags, fields, draw(moments(horizon)))


@st.composite
def plans(draw: st.DrawFn, horizon: Horizon, node: str) -> Plan:
    start, stop = draw(moments(horizon)), draw(moments(horizon))
    start, stop = min(start, stop), max(start, stop)
    every = st.sampled_from((MINUTE, 7 * MINUTE, QUARTER, 6 * QUARTER, 40 * MINUTE, 24 * QUARTER))
    days = st.sampled_from((DAY, 2 * DAY, 7 * DAY))
    return plan(
        "environment",
        draw(st.sampled_from((("temperature",), ("temperature", "humidity")))),
        Window(start, stop + timedelta.resolution),
        horizon=horizon,
        every=draw(every | days),
        aggregates=tuple(draw(st.lists(st.sampled_from(ALL), min_size=1, unique=True))),
        group=draw(st.sampled_from(((), ("sensor",), ("location", "sensor")))),
        tags={"node": node},
        max_points=draw(st.sampled_from((10, 1500))),
    )


def kept(point: Point, horizon: Horizon) -> bool:
    return point.time >= horizon.oldest(MEASUREMENTS[point.measurement])


def ready(point: Point, horizon: Horizon, delay: timedelta) -> bool:
    """Whether a rollup is there at the time of ``horizon``: of a quarter hour, ``delay`` after its end."""
    if point.measurement.endswith("_1d"):
        midnight = Grid(DAY, horizon.zone).ceil(point.time + timedelta.resolution)
        return midnight + DAY_READY <= horizon.now
    return point.time + QUARTER + delay <= horizon.now


def put(store: Store, points: list[Point]) -> None:
    for name, group in itertools.groupby(
        sorted(points, key=lambda p: p.measurement), lambda p: p.measurement
    ):
        store.write(name, [line(point) for point in group])


def recomputed(points: list[Point], asked: Plan, horizon: Horizon) -> list[Series]:
    """From all the points in the time that the plan can still tell of; also from those that have expired,
    where a rollup tells of them.
    """
    reference = Reference()
    for point in points:
        for source in asked.sources:
            there = source.measurement != point.measurement or kept(point, horizon)
            if there and source.window.start <= point.time < source.window.stop:
                reference.write(point)
    return reference.series(asked)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    phases=[phase for phase in Phase if phase is not Phase.shrink],
)
@given(data=st.data(), horizon=horizons())
def test_a_joined_window_tells_what_all_raw_points_would_have_told(
    store: Store, data: st.DataObject, horizon: Horizon
) -> None:
    node = f"pi{next(_numbers)}"
    given_points = data.draw(st.lists(readings(horizon, node), min_size=1, max_size=40), "points")
    # The later of two points of one series and time counts, and so it does for the rollups.
    points = list({(p.time_ns, *p.tags.values()): p for p in given_points}.values())
    delay = data.draw(st.sampled_from((READY, READABLE)) | lengths(READY, READABLE), "delay")
    rollups = [p for p in everything(points, horizon.zone) if ready(p, horizon, delay)]
    put(store, [point for point in (*points, *rollups) if kept(point, horizon)])
    for _ in range(3):
        asked = data.draw(plans(horizon, node), "plan")
        theirs, ours = store.series(asked), recomputed(points, asked, horizon)
        assert same(theirs, ours), (theirs, ours)


@given(data=st.data(), horizon=horizons())
def test_sources_follow_each_other_and_leave_out_only_what_has_expired(
    data: st.DataObject, horizon: Horizon
) -> None:
    asked = data.draw(plans(horizon, "pi"), "plan")
    windows = [source.window for source in asked.sources]
    for one, next_one in itertools.pairwise(asked.sources):
        edge = EDGE + horizon.oldest(MEASUREMENTS[next_one.measurement])
        assert one.window.stop == next_one.window.start or (one.window.stop < next_one.window.start <= edge)
    assert all(source.window.length for source in asked.sources)
    if not windows:
        assert asked.window.start < EDGE + horizon.oldest(ENVIRONMENT), "nothing is read of what is there"
        return
    before = windows[0].start - asked.window.start
    after = asked.window.stop - windows[-1].stop
    quarter, _ = ROLLUPS["environment"]
    for spec, most in ((ENVIRONMENT, timedelta(0)), (quarter, QUARTER - timedelta.resolution)):
        edge = EDGE + horizon.oldest(spec)
        assert before <= most or asked.window.start < edge
        assert after <= most or windows[-1].stop < edge


ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 5, 28, 14, 7, 30, tzinfo=UTC)


def told(length: timedelta, **more: object) -> list[tuple[str, str]]:
    """What a window of ``length`` that ends now is read from, and when each source begins."""
    asked = plan(
        "environment",
        ("temperature",),
        Window.last(length, NOW),
        horizon=Horizon(NOW, Retention(), ZURICH),
        **more,  # type: ignore[arg-type]
    )
    return [(source.bucket, f"{source.window.start:%m-%d %H:%M:%S}") for source in asked.sources]


def test_a_day_is_read_from_raw_points() -> None:
    assert told(DAY) == [("readings", "05-27 14:07:30")]


def test_a_fortnight_begins_where_readings_expire() -> None:
    assert told(14 * DAY) == [("rollup_15m", "05-14 14:15:00"), ("readings", "05-28 13:45:00")]
    assert told(14 * DAY, every=5 * MINUTE, max_points=50_000) == [("readings", "05-14 14:07:30")]


def test_a_quarter_hour_is_read_from_raw_points_while_its_rollup_is_being_made() -> None:
    """Its task starts when it is ready, and takes its time."""
    end = datetime(2026, 5, 28, 14, tzinfo=UTC)
    for after, since in ((READY, end - QUARTER), (READABLE, end)):
        for late in (timedelta(0), timedelta(seconds=1)):
            now = end + after + late
            horizon = Horizon(now, Retention(), ZURICH)
            asked = plan("environment", ("temperature",), Window.last(14 * DAY, now), horizon=horizon)
            assert asked.sources[-1].window.start == since


def test_ten_days_begin_and_end_with_raw_points() -> None:
    assert told(10 * DAY, every=QUARTER) == [
        ("readings", "05-18 14:07:30"),
        ("rollup_15m", "05-18 14:15:00"),
        ("readings", "05-28 13:45:00"),
    ]


def test_days_are_read_from_daily_rollups_and_their_ends_from_shorter_ones() -> None:
    assert told(7 * DAY, every=DAY) == [
        ("readings", "05-21 14:07:30"),
        ("rollup_15m", "05-21 14:15:00"),
        ("rollup_1d", "05-21 22:00:00"),
        ("rollup_15m", "05-27 22:00:00"),
        ("readings", "05-28 13:45:00"),
    ]


def test_three_years_are_days_once_the_quarter_hours_have_expired() -> None:
    horizon = Horizon(NOW, Retention(), ZURICH)
    asked = plan("environment", ("temperature",), Window.last(3 * 365 * DAY, NOW), horizon=horizon)
    assert asked.every == DAY
    assert asked.sources[0].bucket == "rollup_1d"


def test_an_hour_of_last_year_is_told_in_quarter_hours() -> None:
    horizon = Horizon(NOW, Retention(), ZURICH)
    window = Window(NOW - 300 * DAY, NOW - 300 * DAY + timedelta(hours=1))
    asked = plan("environment", ("temperature",), window, horizon=horizon, every=MINUTE)
    assert asked.every == QUARTER
    assert [source.bucket for source in asked.sources] == ["rollup_15m"]
    assert (
        plan("environment", ("temperature",), window, horizon=horizon, every=20 * MINUTE).every == 2 * QUARTER
    )


@pytest.mark.parametrize(
    ("measurement", "fields", "aggregates"),
    [
        ("environment", ("temperature",), (Aggregate.MEAN, Aggregate.LAST)),
        ("journal", ("amount",), (Aggregate.SUM,)),
        ("pet_event", ("duration", "revision"), (Aggregate.MAX,)),
        ("pet_event", ("clip_state",), (Aggregate.COUNT,)),
        ("pet_active_15m", ("minutes",), (Aggregate.SUM,)),
    ],
)
def test_what_no_rollup_holds_is_read_from_raw_points(
    measurement: str, fields: tuple[str, ...], aggregates: tuple[Aggregate, ...]
) -> None:
    window = Window.last(300 * DAY, NOW)
    horizon = Horizon(NOW, Retention(), ZURICH)
    asked = plan(measurement, fields, window, horizon=horizon, aggregates=aggregates)
    assert [(source.measurement, source.window) for source in asked.sources] == [(measurement, window)]


def test_the_last_value_of_a_day_is_that_of_the_day_of_the_home(store: Store) -> None:
    tags = {"camera": "cage", "location": "room", "pet": f"pet{next(_numbers)}", "event_type": "playing"}
    at = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    put(store, [make(PET_EVENT, tags, {"duration": 9.0 + n}, at + n * QUARTER) for n in range(-4, 5)])
    asked = plan(
        "pet_event",
        ("duration",),
        Window(at - DAY, at + DAY),
        horizon=Horizon(at + DAY, FOREVER, ZURICH),
        every=DAY,
        aggregates=(Aggregate.LAST,),
        group=("pet",),
        tags={"pet": tags["pet"]},
    )
    (series,) = store.series(asked)
    assert series.rows == ((at - timedelta(hours=24, minutes=30), (6.0,)), (at - 2 * QUARTER, (13.0,)))


def test_every_rolled_measurement_is_joined() -> None:
    horizon = Horizon(NOW, FOREVER, ZURICH)
    for name, (quarter, _) in ROLLUPS.items():
        field = quarter.field_names[0].removesuffix("_mean")
        asked = plan(name, (field,), Window.last(100 * DAY, NOW), horizon=horizon)
        assert quarter.name in {source.measurement for source in asked.sources}
        assert to_ns(asked.window.stop) == to_ns(NOW)
