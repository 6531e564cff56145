"""InfluxDB is away for a day: all of that day arrives afterwards, and the rollups are those of the day.

It goes in the middle of a quarter hour, of which some points are there on time: those nobody reports late.
"""

import math
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.spool import Spool
from collector.writer import Writer
from influx import local_time
from influx.points import Point, to_ns
from influx.server import ServerStore
from influx.steps import QUARTER
from influx.store import Unavailable
from influx.upkeep import Upkeep
from influx.windows import Window
from tests.collector.lines import Clock, spool_at
from tests.faults.stored import Home
from tests.influx.conftest import FOREVER
from tests.influx.reference_rollups import differences, rolled
from tests.influx.test_rollups import there

ZONE = ZoneInfo("Europe/Zurich")
DAY = local_time.day(datetime(2026, 5, 28, 12, tzinfo=UTC), ZONE)
SECONDS, SENSORS = 86_400, 5
COUNT = SECONDS * SENSORS
START_NS = to_ns(DAY.start)
AT_ONCE = 5000
MINUTE = timedelta(minutes=1)
BEFORE = 3
"""Minutes before the day in which points came on time; the quarter hour is not over when the server goes."""


def value(sensor: int, second: int) -> float:
    """What a sensor reads; no two quarter hours are alike."""
    return (2000 + second * 7919 % 997 + second // 900 + 100 * sensor) / 100


def fill(spool: Spool) -> None:
    """Let the readings of the day wait, one a second of each sensor, in their order."""
    lines = [
        f"environment,location=den,node=pi,sensor=s{sensor} temperature={value(sensor, second)}"
        f" {START_NS + second * 10**9}"
        for second in range(SECONDS)
        for sensor in range(SENSORS)
    ]
    for start in range(0, len(lines), AT_ONCE):
        spool.add_lines("environment", lines[start : start + AT_ONCE])


def rollup(sensor: int, suffix: str, first: int, seconds: int) -> Point:
    values = [value(sensor, second) for second in range(first, first + seconds)]
    tags = {"location": "den", "node": "pi", "sensor": f"s{sensor}"}
    return Point(f"environment_{suffix}", tags, rolled({"temperature": values}), START_NS + first * 10**9)


def before(store: ServerStore) -> None:
    """Readings of another sensor, a minute apart, in the last minutes before the day; none is late."""
    store.write(
        "environment",
        [
            f"environment,location=den,node=pi,sensor=on_time temperature={20 + minute} "
            f"{START_NS - minute * 60 * 10**9}"
            for minute in range(1, BEFORE + 1)
        ],
    )


def test_a_day_that_waited_is_all_there_and_its_rollups_are_right(
    home_alone: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = home_alone
    clock = Clock(DAY.start.timestamp())
    with closing(home.store(now=clock)) as store, spool_at(tmp_path, clock) as spool:
        upkeep = Upkeep(store, FOREVER, ZONE)
        upkeep.tick(DAY.start - BEFORE * MINUTE)
        before(store)
        upkeep.tick(
            DAY.start - MINUTE
        )  # from here on it makes what the tasks missed, and what is reported late
        home.server.stop()
        fill(spool)
        writer = Writer(spool, store, node="pi", now=clock, stop=threading.Event())
        with pytest.raises(Unavailable):
            writer.drain_once()
        clock.seconds = DAY.stop.timestamp() + 6 * 3600
        assert (spool.status().depth, spool.status().dropped) == (COUNT, 0)
        home.server.start()
        began = time.monotonic()
        while writer.drain_once():
            pass
        seconds = time.monotonic() - began
        assert (spool.status().depth, spool.status().rejected, spool.status().dead) == (0, 0, 0)
        check_points(home)
        upkeep.tick(datetime.fromtimestamp(clock.seconds + 60, UTC))
        window = Window(DAY.start - timedelta(days=1), DAY.stop + timedelta(days=1))
        found = there(store, window, "environment_15m", "environment_1d")
    quarter = QUARTER // timedelta(seconds=1)
    expected = [rollup(sensor, "1d", 0, SECONDS) for sensor in range(SENSORS)]
    expected += [
        rollup(sensor, "15m", first, quarter)
        for sensor in range(SENSORS)
        for first in range(0, SECONDS, quarter)
    ]
    on_time = {"location": "den", "node": "pi", "sensor": "on_time"}
    values = rolled({"temperature": [20.0 + minute for minute in range(1, BEFORE + 1)]})
    yesterday = local_time.day(DAY.start - MINUTE, ZONE)
    for suffix, at in (("15m", DAY.start - QUARTER), ("1d", yesterday.start)):
        expected.append(Point(f"environment_{suffix}", on_time, values, to_ns(at)))
    assert differences(found, expected) == []
    with capsys.disabled():
        print(f"\n{COUNT} points drained at {COUNT / seconds:.0f} points/s, with their late reports")


def check_points(home: Home) -> None:
    """How many each series has, and what they add up to, as InfluxDB says it."""
    found = home.ask(
        "SELECT count(temperature), sum(temperature) FROM environment "
        "WHERE sensor != 'on_time' GROUP BY sensor"
    )
    sums = [math.fsum(value(sensor, second) for second in range(SECONDS)) for sensor in range(SENSORS)]
    assert [(series["tags"]["sensor"], series["values"][0][1:]) for series in found] == [
        (f"s{sensor}", [SECONDS, pytest.approx(total)]) for sensor, total in enumerate(sums)
    ]
