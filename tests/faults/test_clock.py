"""Clocks that are wrong, that jump, and that are set twice a year: what arrives in InfluxDB, and when it was.

Spool, gate and writer are the real ones; the machine's clock is ``tests.collector.lines.Clock``. That every
jump costs nothing while points wait is held by ``tests/collector/test_gate.py``.
"""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.clock import EARLIEST
from collector.gate import Gate
from collector.spool import Spool
from collector.writer import Writer
from influx import local_time
from influx.points import make, to_ns
from influx.schema import ENVIRONMENT
from influx.steps import QUARTER
from influx.store import RowQuery, Store
from influx.upkeep import Upkeep
from influx.windows import Window
from tests.collector.lines import START_NS, Clock, happening, spool_at
from tests.collector.test_gate import PATIENCE, read
from tests.faults.stored import Home, once
from tests.influx.conftest import FOREVER
from tests.influx.reference_rollups import differences, everything
from tests.influx.test_rollups import there

NOW = START_NS / 1e9
HOUR, YEAR = 3600.0, 365.25 * 86_400
ZURICH = ZoneInfo("Europe/Zurich")


@contextmanager
def running(folder: Path, clock: Clock) -> Iterator[tuple[Spool, Gate]]:
    """A collector's spool and gate from one start to the next."""
    with spool_at(folder, clock) as spool:
        yield spool, Gate(spool, PATIENCE)


def deliver(spool: Spool, store: Store, clock: Clock, rejected: int = 0) -> None:
    writer = Writer(spool, store, node="pi", now=clock, stop=threading.Event())
    while writer.drain_once():
        pass
    status = spool.status()
    assert (status.depth, status.rejected, status.dropped) == (0, rejected, 0)


def stored(home: Home) -> list[tuple[float, float, bool]]:
    """Temperature, seconds since 1970, and whether that is a guess, of all that arrived; oldest first."""
    rows = []
    for time_ns, _tags, fields in sorted(once(home.rows())):
        values = dict(fields)
        temperature = values["temperature"]
        assert isinstance(temperature, (int, float))
        rows.append((float(temperature), time_ns / 1e9, bool(values.get("estimated", False))))
    return rows


def near(*expected: tuple[float, float, bool]) -> list[tuple[float, object, bool]]:
    return [(value, pytest.approx(time, abs=0.01), guess) for value, time, guess in expected]


def test_a_network_that_comes_late_gives_readings_the_time_they_were_read(home: Home, tmp_path: Path) -> None:
    clock = Clock(1000, right=False)
    with closing(home.store()) as store:
        with running(tmp_path, clock) as (spool, gate):
            read(spool, gate, 20)
            clock.seconds += 60
            gate.tend()
            deliver(spool, store, clock)
            assert stored(home) == [], "what has no time was delivered"
        clock.reboot(shown=0)
        with running(tmp_path, clock) as (spool, gate):
            read(spool, gate, 21)
            clock.seconds += 120
            clock.set(NOW)
            gate.tend()
            read(spool, gate, 22)
            deliver(spool, store, clock)
    (first, *rest) = stored(home)
    assert first[0] == 20
    assert first[2], "nobody knows when the first boot was"
    assert EARLIEST <= first[1] <= NOW - 120 - 5
    assert rest == near((21, NOW - 120, False), (22, NOW, False))


def test_without_a_network_readings_go_on_from_what_was_known_and_say_that_they_guess(
    home: Home, tmp_path: Path
) -> None:
    clock = Clock()
    with closing(home.store()) as store:
        with running(tmp_path, clock) as (spool, gate):
            read(spool, gate, 20)
            deliver(spool, store, clock)
        clock.reboot(shown=0)
        with running(tmp_path, clock) as (spool, gate):
            read(spool, gate, 21)
            gate.tend()
            deliver(spool, store, clock)
            assert len(stored(home)) == 1, "it was guessed before patience had ended"
            clock.seconds += PATIENCE.total_seconds()
            gate.tend()
            read(spool, gate, 22)
            deliver(spool, store, clock)
    assert stored(home) == near((20, NOW, False), (21, NOW + 5, True), (22, NOW + 605, True))


JUMPS = pytest.mark.parametrize(
    "jump", [-HOUR, HOUR, 14 * YEAR], ids=["an hour back", "an hour ahead", "far ahead"]
)
OUTAGE = pytest.mark.parametrize("outage", [False, True], ids=["delivered at once", "delivered afterwards"])


@JUMPS
@OUTAGE
def test_a_clock_that_is_set_wrong_by_hand_bends_no_time(
    jump: float, outage: bool, home: Home, tmp_path: Path
) -> None:
    clock = Clock()
    expected = []
    with closing(home.store()) as store, running(tmp_path, clock) as (spool, gate):
        for number in range(30):
            true = NOW + 10 * number
            if number == 10:
                clock.set_by_hand(true + jump)
            elif number == 20:
                clock.set(true)
            read(spool, gate, number)
            gate.tend()
            expected.append((float(number), true, False))
            if not outage:
                deliver(spool, store, clock)
            clock.seconds += 10
        deliver(spool, store, clock)
    assert stored(home) == near(*expected)


@JUMPS
@OUTAGE
def test_a_time_server_that_errs_for_a_while_costs_no_reading(
    jump: float, outage: bool, home: Home, tmp_path: Path
) -> None:
    """What it made points of the future, and is not delivered yet when it is put right, are dead letters."""
    clock = Clock()
    expected = []
    with closing(home.store()) as store, running(tmp_path, clock) as (spool, gate):
        for number in range(30):
            if number in (10, 20):
                clock.jump(jump if number == 10 else -jump)
            clock.seconds += 10
            gate.tend()
            read(spool, gate, number)
            expected.append((float(number), clock.seconds, False))
            age = spool.status().oldest_age
            assert age == pytest.approx(10 * number if outage else 0), f"the jump changed an age: {age}"
            if not outage:
                deliver(spool, store, clock)
        future = expected[10:20] if outage and jump > 0 else []
        deliver(spool, store, clock, rejected=len(future))
        letters = spool.dead()[::-1]
    assert sorted(stored(home)) == near(*(each for each in expected if each not in future))
    times = [int(letter.line.rpartition(" ")[2]) / 1e9 for letter in letters]
    assert times == [pytest.approx(time, abs=0.01) for _value, time, _guess in future]
    assert all("lies in the future, where it is" in letter.reason for letter in letters)


def test_a_clock_that_ran_ahead_before_the_last_start_bends_no_time_after_it(
    home: Home, tmp_path: Path
) -> None:
    """A battery clock that ran ahead by years, and the network that puts it right at the next start."""
    clock = Clock(NOW + 14 * YEAR)
    with closing(home.store()) as store:
        with running(tmp_path, clock) as (spool, gate):
            read(spool, gate, 20)
            deliver(spool, store, clock)
        clock.reboot(shown=0)
        with running(tmp_path, clock) as (spool, gate):
            read(spool, gate, 21)
            clock.seconds += 60
            clock.set(NOW)
            gate.tend()
            read(spool, gate, 22)
            deliver(spool, store, clock)
    assert stored(home) == near((21, NOW - 60, False), (22, NOW, False), (20, NOW + 14 * YEAR, False))


@pytest.mark.parametrize("ahead", [HOUR, 14 * YEAR])
def test_readings_of_a_battery_clock_that_ran_ahead_get_their_time_when_the_network_comes(
    ahead: float, home: Home, tmp_path: Path
) -> None:
    clock = Clock(NOW + ahead)
    clock.served = False
    with closing(home.store()) as store:
        with running(tmp_path, clock) as (spool, gate):
            for number in range(3):
                read(spool, gate, number)
                clock.seconds += 60
            spool.add_lines("pet_event", [happening(int(ahead * 1e9))])
        with running(tmp_path, clock) as (spool, gate):  # another process of the same boot
            clock.set(NOW + 180)
            gate.tend()
            read(spool, gate, 3)
            deliver(spool, store, clock, rejected=1)
            (letter,) = spool.dead()
    assert stored(home) == near(*((float(number), NOW + 60 * number, False) for number in range(4)))
    assert (letter.measurement, "lies in the future" in letter.reason) == ("pet_event", True)


def test_what_is_from_the_future_by_another_error_than_the_clocks_keeps_its_time(
    home: Home, tmp_path: Path
) -> None:
    clock = Clock(NOW + YEAR)
    clock.served = False
    with closing(home.store()) as store, running(tmp_path, clock) as (spool, gate):
        clock.jump(-YEAR / 2)
        read(spool, gate, 20)
        clock.set(NOW)
        deliver(spool, store, clock, rejected=1)
    assert stored(home) == []


@pytest.mark.parametrize(("day", "quarters"), [("2026-03-29", 92), ("2026-10-25", 100)])
def test_a_day_on_which_clocks_are_set_is_made_of_all_its_quarter_hours(
    day: str, quarters: int, home: Home, tmp_path: Path
) -> None:
    whole = local_time.day(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZURICH), ZURICH)
    assert len(local_time.starts(whole)) == quarters
    minutes = (whole.stop - whole.start) // timedelta(minutes=1)
    clock = Clock((whole.start - timedelta(hours=3)).timestamp())
    tags = {"node": "pi", "sensor": "s", "location": "den"}
    points = [
        make(
            ENVIRONMENT,
            tags,
            {"temperature": 15 + minute % 37 / 4},
            whole.start + minute * timedelta(minutes=1),
        )
        for minute in range(-120, minutes + 120)
    ]
    with closing(home.store(now=clock)) as store, spool_at(tmp_path, clock) as spool:
        upkeep = Upkeep(store, FOREVER, ZURICH)
        upkeep.tick(datetime.fromtimestamp(clock.seconds, UTC))
        spool.add(points)
        clock.seconds = (whole.stop + timedelta(days=2)).timestamp()
        deliver(spool, store, clock)
        upkeep.tick(datetime.fromtimestamp(clock.seconds, UTC))
        window = Window(whole.start - timedelta(days=1), whole.stop + timedelta(days=1))
        found = there(store, window, "environment_15m", "environment_1d")
        daily = store.rows(RowQuery("environment_1d", whole)).points
    assert differences(found, everything(points, ZURICH)) == []
    within = [
        point
        for point in found
        if point.measurement == "environment_15m" and point.time_ns >= to_ns(whole.start)
    ]
    assert len([point for point in within if point.time < whole.stop]) == quarters
    (one,) = daily
    assert one.time == whole.start
    assert one.fields["temperature_count"] == minutes == quarters * (QUARTER // timedelta(minutes=1))
