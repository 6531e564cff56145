"""Readings of a clock that is not right: they wait, through kills and reboots, and get their time later."""

import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from collector.clock import EARLIEST
from collector.entry import checksum
from collector.gate import Gate
from collector.spool import Spool
from influx import points
from influx.lines import parse_line
from influx.schema import ENVIRONMENT
from tests.collector.lines import START_NS, Clock, climate, drain_of, spool_at, take_all

PATIENCE = timedelta(minutes=10)
NOW = START_NS / 1e9


@contextmanager
def gate_at(folder: Path, clock: Clock, **limits: object) -> Iterator[tuple[Spool, Gate]]:
    with spool_at(folder, clock, **limits) as spool:
        yield spool, Gate(spool, PATIENCE)


def read(spool: Spool, gate: Gate, temperature: float) -> None:
    """A reading, as a sampler makes it."""
    stamp = gate.stamp()
    fields = {"temperature": temperature, "estimated": True if stamp.estimated else None}
    tags = {"node": "pi", "sensor": "s", "location": "den"}
    spool.add([points.make(ENVIRONMENT, tags, fields, stamp.time_ns)], boot=stamp.boot)


def delivered(spool: Spool) -> list[tuple[float, float, bool]]:
    """Temperature, seconds since 1970, and whether that is a guess, of all that can be delivered."""
    found = []
    for line in take_all(spool):
        value = re.search(r"temperature=([0-9.]+)", line)
        assert value is not None
        found.append((float(value[1]), int(line.rpartition(" ")[2]) / 1e9, "estimated=true" in line))
    return found


def near(*expected: tuple[float, float, bool]) -> list[tuple[float, object, bool]]:
    return [(value, pytest.approx(time, abs=0.001), guess) for value, time, guess in expected]


def test_a_right_clock_stamps_at_once(tmp_path: Path) -> None:
    clock = Clock()
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 20)
        assert spool.status().undated == 0
        assert delivered(spool) == near((20, NOW, False))


def test_readings_wait_for_the_clock_and_get_the_time_they_were_read(tmp_path: Path) -> None:
    clock = Clock(1000, right=False)
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 20)
        clock.seconds += 60
        read(spool, gate, 21)
        gate.tend()
        assert (spool.status().depth, spool.status().undated) == (0, 2)
        with drain_of(spool) as drain:
            assert drain.batch() == [], "what has no time was to be delivered"
        clock.seconds += 60
        clock.set(NOW)
        gate.tend()
        read(spool, gate, 22)
        status = spool.status()
        assert (status.depth, status.undated, status.dropped) == (3, 0, 0)
        assert status.oldest_age < 1, "the jump of the clock made readings old"
        assert delivered(spool) == near((20, NOW - 120, False), (21, NOW - 60, False), (22, NOW, False))


def test_a_clock_that_was_right_is_right_until_the_next_boot(tmp_path: Path) -> None:
    clock = Clock()
    with gate_at(tmp_path, clock):
        clock.right = False
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 20)
        assert delivered(spool) == near((20, NOW, False))


@pytest.mark.parametrize("jump", [365 * 86_400.0, 3600.0, -3600.0])
def test_readings_go_on_in_time_whatever_the_clock_is_set_to_by_hand(tmp_path: Path, jump: float) -> None:
    clock = Clock()
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 20)
        clock.set_by_hand(NOW + jump)
        read(spool, gate, 21)  # before anybody looked after the clock again
        clock.seconds += 60
        gate.tend()
        read(spool, gate, 22)
        clock.set(NOW + 70)
        read(spool, gate, 23)
        gate.tend()
        read(spool, gate, 24)
        assert delivered(spool) == near(
            (20, NOW, False),
            (21, NOW, False),
            (22, NOW + 60, False),
            (23, NOW + 70, False),
            (24, NOW + 70, False),
        )


def test_a_time_server_and_a_clock_that_never_had_one_are_believed(tmp_path: Path) -> None:
    clock = Clock()
    with gate_at(tmp_path, clock) as (spool, gate):
        clock.set(NOW + 3600)
        read(spool, gate, 20)
    other = Clock()
    other.served = False
    with gate_at(tmp_path, other) as (spool, gate):
        gate.tend()
        other.jump(3600)
        read(spool, gate, 21)
        assert delivered(spool) == near((20, NOW + 3600, False), (21, NOW + 3600, False))


def test_when_patience_ends_readings_go_on_from_the_last_known_time(tmp_path: Path) -> None:
    clock = Clock()
    with gate_at(tmp_path, clock) as (_spool, gate):
        clock.seconds += 3600
        gate.tend()
    clock.reboot(shown=0)
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 20)
        clock.seconds += PATIENCE.total_seconds()
        gate.tend()
        read(spool, gate, 21)
        clock.seconds += 60
        gate.tend()
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 22)
        last = NOW + 3600
        assert delivered(spool) == near(
            (20, last + 5, True), (21, last + 605, True), (22, last + 665, True)
        ), "the guess changed with the process"
        clock.set(NOW + 90_000)
        gate.tend()
        read(spool, gate, 23)
        assert delivered(spool) == near((23, NOW + 90_000, False))


def test_a_machine_that_never_knew_the_time_shows_data_all_the_same(tmp_path: Path) -> None:
    clock = Clock(0, right=False)
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 20)
        clock.seconds += 700
        gate.tend()
        assert delivered(spool) == near((20, EARLIEST + 100, True))


def test_readings_of_earlier_boots_come_after_what_was_known_and_before_this_one(tmp_path: Path) -> None:
    clock = Clock()
    with gate_at(tmp_path, clock):
        pass
    for temperature in (20, 21):
        clock.reboot(shown=0)
        with gate_at(tmp_path, clock) as (spool, gate):
            read(spool, gate, temperature)
            clock.seconds += 60
            read(spool, gate, temperature)
    clock.reboot(shown=0)
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 22)
        clock.set(NOW + 86_400)
        gate.tend()
        assert spool.status().undated == 0
        assert delivered(spool) == near(
            (20, NOW + 5, True),
            (20, NOW + 65, True),
            (21, NOW + 70, True),
            (21, NOW + 130, True),
            (22, NOW + 86_400, False),
        )


def test_dating_that_was_cut_off_goes_on_with_the_same_times(tmp_path: Path) -> None:
    clock = Clock(0, right=False)
    with gate_at(tmp_path, clock) as (spool, gate):
        for number in range(250):
            read(spool, gate, number / 10)
            clock.seconds += 1
        clock.set(NOW)
        spool.place(right=True)
        assert spool.date() > 0
        assert spool.status().undated > 0, "there is nothing left that could be cut off"
    clock.seconds += 3600
    with gate_at(tmp_path, clock) as (spool, _gate):
        assert spool.status().undated == 0
        assert delivered(spool) == near(*((n / 10, NOW - 250 + n, False) for n in range(250)))


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.collector.lines import Clock
from tests.collector.test_gate import gate_at, read
with gate_at(Path(sys.argv[1]), Clock(1000, right=False)) as (spool, gate):
    read(spool, gate, 20)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_readings_without_a_time_survive_kill_9(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    clock = Clock(1000, right=False)
    with gate_at(tmp_path, clock) as (spool, gate):
        assert spool.status().undated == 1
        clock.set(NOW)
        gate.tend()
        assert delivered(spool) == near((20, NOW, False))


def test_changed_bytes_without_a_time_become_a_dead_letter(tmp_path: Path) -> None:
    clock = Clock(1000, right=False)
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 20)
        read(spool, gate, 21)
        spool._file.transact(
            lambda connection: connection.execute("UPDATE undated SET body = X'00' WHERE id = 1")
        )
        clock.set(NOW)
        gate.tend()
        status = spool.status()
        assert (status.depth, status.undated, status.rejected, status.dead) == (1, 0, 1, 1)


def test_readings_without_a_time_are_bounded_too(tmp_path: Path) -> None:
    clock = Clock(1000, right=False)
    with gate_at(tmp_path, clock, max_bytes=2**20) as (spool, _gate):
        for number in range(60):
            spool.add([parse_line(line) for line in climate(200, first=200 * number)], boot=clock.boot)
        status = spool.status()
        assert status.dropped > 0
        assert status.size <= 2**20
        assert status.undated + status.dropped == 12_000


@pytest.mark.parametrize("jump", [-3600.0, 40 * 365 * 86_400.0, -40 * 365 * 86_400.0])
def test_a_jump_of_the_clock_drops_nothing(tmp_path: Path, jump: float) -> None:
    clock = Clock()
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("environment", climate(3))
        clock.seconds += 100
        clock.jump(jump)
        spool.add_lines("environment", climate(3, first=3))
        assert spool.status().oldest_age == pytest.approx(100)
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("environment", climate(3, first=6))
        status = spool.status()
        assert (status.depth, status.dropped) == (9, 0)
        assert status.oldest_age == pytest.approx(100)


def test_what_was_added_before_the_clock_was_right_is_as_old_as_that(tmp_path: Path) -> None:
    clock = Clock(0, right=False)
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("journal", ["journal,entry_type=food,person=mia amount=1 1"])
        clock.seconds += 300
        spool.add_lines("environment", climate(1))
        assert spool.status().oldest_age == pytest.approx(300)
        clock.set(NOW)
        spool.add_lines("environment", climate(1, first=1))
        status = spool.status()
        assert (status.depth, status.dropped) == (3, 0)
        assert status.oldest_age == pytest.approx(0)
    clock.reboot(shown=0)
    with spool_at(tmp_path, clock) as spool:
        assert spool.status().oldest_age == pytest.approx(5), "at least the time since the boot is known"


@pytest.mark.parametrize("bit", [40, 55, 61])
def test_a_changed_start_of_the_boot_drops_nothing(tmp_path: Path, bit: int) -> None:
    clock = Clock()
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 20)
        spool._file.transact(
            lambda connection: connection.execute("UPDATE boot SET start_ns = start_ns + (1 << ?)", (bit,))
        )
    with gate_at(tmp_path, clock) as (spool, gate):
        for _ in range(3):
            clock.seconds += 100
            read(spool, gate, 21)
        assert (spool.status().depth, spool.status().dropped) == (4, 0)
        assert spool.status().oldest_age == pytest.approx(300)


def test_nothing_goes_for_its_age_while_the_time_is_only_just_known(tmp_path: Path) -> None:
    clock = Clock()
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 20)
    clock.reboot(shown=NOW + 31 * 86_400)
    clock.right = True
    with gate_at(tmp_path, clock) as (spool, gate):
        assert (spool.status().depth, spool.status().dropped) == (1, 0)
        clock.seconds += 100
        read(spool, gate, 21)
        assert (spool.status().depth, spool.status().dropped) == (1, 1)


def test_boots_keep_their_order_though_a_later_one_is_known_first(tmp_path: Path) -> None:
    clock = Clock()
    with gate_at(tmp_path, clock):
        pass
    clock.reboot(shown=0)
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 20)
    clock.reboot(shown=NOW + 86_400)
    clock.right = True
    with gate_at(tmp_path, clock) as (spool, _gate):
        assert delivered(spool) == near((20, NOW + 5, True))
    clock.reboot(shown=0)
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 21)
        clock.seconds += PATIENCE.total_seconds()
        gate.tend()
        assert delivered(spool) == near((21, NOW + 86_400 + 5, True)), "not after the boot before it"


def test_a_reading_says_once_that_its_time_is_a_guess(tmp_path: Path) -> None:
    clock = Clock(0, right=False)
    with gate_at(tmp_path, clock) as (spool, gate):
        for said in ("true", "false"):
            line = f"environment,location=den,node=pi,sensor=s estimated={said},temperature=20.5 5"
            spool.add([parse_line(line)], boot=clock.boot)
        clock.seconds += 700
        gate.tend()
        for line in take_all(spool):
            assert line.count("estimated") == 1
            assert parse_line(line).fields == {"estimated": True, "temperature": 20.5}


def test_a_measurement_that_this_version_lacks_gets_its_time_too(tmp_path: Path) -> None:
    clock = Clock(0, right=False)
    with gate_at(tmp_path, clock) as (spool, gate):
        read(spool, gate, 20)
        body = b"moonlight lux=1 5"
        values = (checksum("moonlight", body, clock.boot), body)
        change = "UPDATE undated SET measurement = 'moonlight', checksum = ?, body = ?"
        spool._file.transact(lambda connection: connection.execute(change, values))
        clock.seconds += 700
        gate.tend()
        (line,) = take_all(spool)
        assert line.startswith("moonlight lux=1 ")
        assert spool.status().dead == 0


def test_what_a_transaction_learned_of_the_time_goes_with_it(tmp_path: Path) -> None:
    clock = Clock(0, right=False)
    with spool_at(tmp_path, clock) as spool:
        clock.set(NOW)

        def fail(connection: sqlite3.Connection) -> None:
            assert spool._time.seconds(connection) == pytest.approx(NOW)
            raise RuntimeError("after learning")

        with pytest.raises(RuntimeError):
            spool._file.transact(fail)
        clock.jump(86_400)
        spool.add_lines("environment", climate(1))
        boot = spool.known_boot()
        assert boot is not None
        assert spool._file.transact(spool._time.seconds) == pytest.approx(NOW + 86_400)
        assert (boot.start_ns + clock.elapsed_ns()) / 1e9 == pytest.approx(NOW + 86_400)
