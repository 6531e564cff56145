"""A full disk and a broken file: sensors go on, what was accepted arrives, and what is lost is counted."""

import random
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from collector.spool import SpoolStatus, spool_path
from collector.writer import Writer
from tests.children import Child
from tests.collector.lines import START_NS, Clock, climate, spool_at
from tests.daemon import wait_until
from tests.faults.processes import Api, collecting, deliver
from tests.faults.small_disk import small_disk
from tests.faults.stored import Home, Row, home_on, once, rows_of

DISK = 12 * 2**20
MOST = 300
"""Readings that find room in memory."""
PAGE = 4096


class Device:
    """Sends points to the API, and knows which of them it took."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.sent = 0
        self.accepted: list[str] = []
        self.refused: list[str] = []

    def send(self, client: httpx.Client) -> int:
        """Send some points once; the status of the answer."""
        lines = climate(20, first=self.sent)
        self.sent += len(lines)
        status = self._api.write(client, lines)
        assert status in (httpx.codes.NO_CONTENT, httpx.codes.SERVICE_UNAVAILABLE), status
        (self.accepted if status == httpx.codes.NO_CONTENT else self.refused).extend(lines)
        return status

    def send_until(self, status: int) -> None:
        """Send until the answer is ``status``."""
        with httpx.Client(timeout=30) as client:
            assert wait_until(lambda: self.send(client) == status, 60), f"no answer is {status}"


def read_more(child: Child, count: int) -> None:
    """Wait until sensors were read so often from now on."""
    child.wait_until_printed(len(child.told("read ")) + count, "read ")


@pytest.mark.timeout(1800)
def test_a_full_disk_stops_no_sensor_and_loses_nothing_that_was_accepted(
    home_alone: Home, tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    for number in range(max(1, rounds // 10)):
        (tmp_path / str(number)).mkdir()
        returns = chance.sample(("the disk", "the server"), 2)
        fill_the_disk(home_on(home_alone.server), tmp_path / str(number), returns[0])


def fill_the_disk(home: Home, tmp_path: Path, first: str) -> None:
    """``first`` is what comes back first."""
    with small_disk(tmp_path / "disk", DISK) as disk:
        api = Api(home, tmp_path, disk.folder)
        device = Device(api)
        with (
            collecting(home, disk.folder, "pi", f"--most={MOST}", within=disk.within) as child,
            api.run(within=disk.within) as serving,
        ):
            child.wait_until_printed(100, "accepted ")
            device.send_until(httpx.codes.NO_CONTENT)
            home.server.stop()
            disk.fill()
            device.send_until(httpx.codes.SERVICE_UNAVAILABLE)
            assert wait_until(lambda: "Points wait in memory" in child.said(), 30), child.said()
            read_more(child, 3 * MOST)
            device.send_until(httpx.codes.SERVICE_UNAVAILABLE)
            if first == "the server":
                home.server.start()
                read_more(child, MOST)
            disk.make_room()
            device.send_until(httpx.codes.NO_CONTENT)
            assert wait_until(lambda: "The spool takes points again" in child.said(), 30), child.said()
            child.wait_until_printed(len(child.told("accepted ")) + 100, "accepted ")
            if first == "the disk":
                home.server.start()
            child.finish()
            serving.finish()
            readings = len(child.told("read "))
        disk.copy(tmp_path / "left")
    status = deliver(home, tmp_path / "left")
    stored = once(home.rows())
    lost = rows_of(child.told("accepted ") + device.accepted) - stored
    assert not lost, f"{len(lost)} accepted points are lost"
    assert not rows_of(device.refused) & stored, "points are stored that were refused"
    arrived = len(stored & rows_of(child.told("offered ")))
    assert len(stored) == arrived + len(device.accepted), "points are stored that nobody gave"
    assert readings > arrived, "nothing was lost, so nothing had to be counted"
    assert (status.dropped, status.rejected, status.healed) == (readings - arrived, 0, 0)


ENTRIES = (1, 1, 3, 40, 1, 50, 1, 1, 30, 2) * 3
"""Lines in each entry of a spool that will be broken."""
ROUND_LINES = 1_000
"""Each a millisecond: a hundred rounds end before what a clock may run ahead."""


def fill(folder: Path, number: int, home: Home) -> list[list[str]]:
    """A spool of many entries, of which the first few are delivered in time; all of them."""
    entries = []
    first = number * ROUND_LINES
    with spool_at(folder, batch_lines=50) as spool, closing(home.store()) as store:
        for size in ENTRIES:
            entries.append(climate(size, first=first))
            first += size
            spool.add_lines("environment", entries[-1])
        Writer(spool, store, node="pi", now=Clock(), stop=threading.Event()).drain_once()
    return entries


def truncate(content: bytearray, chance: random.Random) -> int:
    """Cut it anywhere; where the damage begins."""
    cut = chance.randrange(1, len(content))
    del content[cut:]
    return cut


def flip(content: bytearray, chance: random.Random) -> int:
    """Flip up to ten bits anywhere; where the damage begins."""
    places = [chance.randrange(len(content)) for _ in range(chance.choice((1, 1, 2, 10)))]
    for place in places:
        content[place] ^= 1 << chance.randrange(8)
    return min(places)


@pytest.mark.parametrize("spoil", [truncate, flip], ids=["truncated", "bits flipped"])
@pytest.mark.timeout(1800)
def test_a_broken_spool_delivers_what_is_whole_and_counts_the_rest(
    spoil: Callable[[bytearray, random.Random], int],
    home: Home,
    tmp_path: Path,
    rounds: int,
    chance: random.Random,
) -> None:
    entries: dict[int, list[list[str]]] = {}
    left: dict[int, tuple[str, int, SpoolStatus]] = {}
    for number in range(2 * rounds):
        folder = tmp_path / str(number)
        entries[number] = fill(folder, number, home)
        path = spool_path(folder)
        content = bytearray(path.read_bytes())
        counters = PAGE * root_page(path)
        begin = spoil(content, chance)
        path.write_bytes(content)
        status = deliver(home, folder, now=Clock())
        left[number] = (f"round {number}: {spoil.__name__} at {begin}", begin - counters, status)
        assert status.depth == 0, left[number]
    found = once(home.rows())
    by_round = {number: set[Row]() for number in entries}
    for row in found:
        by_round[(row[0] - START_NS) // (ROUND_LINES * 1_000_000)].add(row)
    whole = 0
    for number, (what, after_counters, status) in left.items():
        missing = 0
        for entry in map(rows_of, entries[number]):
            there = len(entry & by_round[number])
            assert there in (0, len(entry)), f"{what}: a part of an entry was delivered"
            missing += len(entry) - there
        total = sum(ENTRIES)
        assert len(by_round[number]) == total - missing, f"{what}: points are stored that nobody added"
        whole += missing == 0
        if after_counters > 0:  # else the counts themselves were hit
            assert status.dropped + status.rejected == missing, f"{what}: {missing} are lost, not as {status}"
    assert whole < len(entries), "nothing was ever lost"


def root_page(path: Path) -> int:
    """How many pages of the file come before the one after the counters."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'tally'").fetchone()
    return int(page)
