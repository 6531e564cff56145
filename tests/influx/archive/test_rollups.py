"""Rollups after an import tell what the raw points say, and what the archive says where there are none."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from influx import local_time
from influx.archive.exporting import export_points
from influx.archive.importing import import_points
from influx.archive.manifest import Request
from influx.points import Point, make
from influx.schema import DERIVED, ENVIRONMENT, RECORDED, ROLLUPS
from influx.steps import QUARTER
from influx.store import RowQuery, Store
from influx.upkeep import Upkeep
from influx.windows import Window
from tests.influx.archive.test_archive import held
from tests.influx.conftest import FOREVER
from tests.influx.reference_rollups import differences, everything
from tests.influx.test_rollups import climate, put, there

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOME = ZoneInfo("Asia/Kathmandu")
RAW = tuple(spec.name for spec in RECORDED)
BOTH = RAW + tuple(spec.name for spec in DERIVED)
_noons = (datetime(2001, 6, 1, 12, tzinfo=UTC) + n * 8 * DAY for n in itertools.count())


@pytest.fixture
def noon() -> datetime:
    """A noon that no other test has points near."""
    return next(_noons)


def wipe(store: Store, window: Window) -> None:
    for point in held(store, window):
        store.delete(point.measurement, point.tags, point.time_ns)


def bring_in(store: Store, folder: Path, now: datetime) -> None:
    done = folder.parent / "import.part"
    result = import_points(store, folder, node="pi", retention=FOREVER, now=now.timestamp, done=done)
    assert (result.refused, result.damaged) == (0, [])


@pytest.mark.parametrize("names", [RAW, BOTH], ids=["raw", "raw and rollups"])
def test_what_is_imported_is_in_the_rollups_beside_what_was_there(
    store: Store, noon: datetime, tmp_path: Path, names: tuple[str, ...]
) -> None:
    day, now = local_time.day(noon, HOME), noon + DAY
    window = Window(day.start, now)
    imported = [climate(noon + n * timedelta(minutes=7), float(n)) for n in range(40)]
    put(store, imported)
    upkeep = Upkeep(store, FOREVER, HOME)
    upkeep.tick(now)
    store.roll_up("environment", day, HOME)
    export_points(store, tmp_path / "out", Request("lp", window, names))
    wipe(store, window)
    # Of the same series, in the same quarter hours.
    other = [climate(noon + (n + 0.5) * timedelta(minutes=7), -float(n)) for n in range(40)]
    put(store, other)
    store.roll_up("environment", day, HOME)
    bring_in(store, tmp_path / "out", now)
    # The first quarter hour of the archive's raw points may have lacked some: there its rollup counts.
    checked = Window(noon + QUARTER, now) if names is BOTH else day
    upkeep.tick(now + timedelta(minutes=1))
    expected = [
        point
        for point in everything(imported + other, HOME)
        if point.measurement == "environment_15m" and point.time >= checked.start
    ]
    assert differences(there(store, checked, "environment_15m"), expected) == []
    page = store.rows(RowQuery("late_window", Window(now - HOUR, now + HOUR)))
    assert [point.fields["rolled_up"] for point in page.points] == [True], "what is pending, or nothing"


def test_a_wiped_store_gets_the_rollups_that_it_had(store: Store, noon: datetime, tmp_path: Path) -> None:
    day, now = local_time.day(noon, HOME), noon + DAY
    window = Window(day.start, now)
    put(store, [climate(noon + n * timedelta(minutes=7), float(n)) for n in range(40)])
    # Of raw points that have expired since, the last of them within the first quarter hour that is left.
    gone = [of_rollup(noon - QUARTER), of_rollup(noon)]
    upkeep = Upkeep(store, FOREVER, HOME)
    upkeep.tick(now)
    store.roll_up("environment", Window(noon, now), HOME)
    put(store, gone)
    before = rollups(store, day)
    export_points(store, tmp_path / "out", Request("lp", window, BOTH))
    wipe(store, window)
    bring_in(store, tmp_path / "out", now)
    upkeep.tick(now + timedelta(minutes=1))
    after = rollups(store, day)
    quarter = ROLLUPS["environment"][0].name
    assert [p for p in after if p.measurement == quarter] == [p for p in before if p.measurement == quarter]
    (one,) = (point for point in after if point.measurement != quarter)
    counted = sum(int(p.fields["temperature_count"]) for p in after if p.measurement == quarter)
    assert one.fields["temperature_count"] == counted, "the day is not what its quarter hours say"


def test_the_first_quarter_hour_is_rolled_up_where_the_archive_has_no_rollup_of_it(
    store: Store, noon: datetime, tmp_path: Path
) -> None:
    now = noon + DAY
    put(store, [climate(noon + n * timedelta(minutes=4), float(n)) for n in range(12)])
    upkeep = Upkeep(store, FOREVER, HOME)
    upkeep.tick(now)
    store.roll_up("environment", Window(noon, now), HOME)
    # The rollup of noon is timed at noon, which lies before the window.
    export_points(store, tmp_path / "out", Request("lp", Window(noon + timedelta(minutes=7), now), BOTH))
    wipe(store, Window(noon, now))
    bring_in(store, tmp_path / "out", now)
    upkeep.tick(now + timedelta(minutes=1))
    first = [point for point in there(store, Window(noon, now), "environment_15m") if point.time == noon]
    assert [point.fields["temperature_count"] for point in first] == [2]


def of_rollup(moment: datetime) -> Point:
    tags = climate(moment, 0.0).tags
    values = {"mean": 30.0, "min": 20.0, "max": 40.0, "sum": 90.0, "count": 3}
    fields = {f"temperature_{part}": value for part, value in values.items()}
    return make(ROLLUPS[ENVIRONMENT.name][0], tags, fields, moment)


def rollups(store: Store, day: Window) -> list[Point]:
    return there(store, day, "environment_15m", "environment_1d")
