"""Power cuts, after which the disk has only what was synced: nothing acknowledged is missing in InfluxDB.

InfluxDB stands for a machine of its own here, whose power stays. Both tests together have the rounds.
"""

import itertools
import random
import threading
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.children import Child
from tests.collector.lines import climate
from tests.daemon import free_ports, wait_until
from tests.faults.processes import Api, collecting, deliver
from tests.faults.stored import Home, once, rows_of

MOST_LINES = 5


def away(home: Home) -> Home:
    """The same buckets on a server that cannot be reached."""
    (port,) = free_ports(1)
    return replace(home, config=home.config.model_copy(update={"url": f"http://127.0.0.1:{port}"}))


def folders(folder: Path) -> tuple[Path, Path, dict[str, str]]:
    """Where a process works, what is left of that after a power cut, and what the shim is told."""
    live, synced = folder / "live", folder / "synced"
    live.mkdir(parents=True)
    synced.mkdir()
    return live, synced, {"HUTCH_SYNCED": str(synced)}


class Device:
    """Sends points one request after the other until nobody answers, in a thread of its own.

    ``enough`` is set when ``few`` of them were acknowledged.
    """

    def __init__(self, api: Api, first: int, few: int) -> None:
        self.enough = threading.Event()
        self.sent: list[str] = []
        self.acknowledged: list[str] = []
        self._api = api
        self._first = first
        self._few = few
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        with httpx.Client(timeout=20) as client:
            for number in itertools.count():
                lines = climate(1 + number % MOST_LINES, first=self._first + number * MOST_LINES)
                self.sent += lines
                status = self._api.write(client, lines)
                if status == 0:
                    return
                assert status == httpx.codes.NO_CONTENT, status
                self.acknowledged += lines
                if len(self.acknowledged) >= self._few:
                    self.enough.set()


@pytest.mark.timeout(3000)
def test_ingest_that_was_acknowledged_survives(
    home: Home, shim: Path, tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    sent: list[str] = []
    acknowledged: list[str] = []
    waited = 0
    for number in range(max(1, rounds // 2)):
        live, synced, told = folders(tmp_path / str(number))
        reached = home if chance.random() < 0.5 else away(home)
        api = Api(reached, tmp_path / str(number), live)
        with api.run(environment={"LD_PRELOAD": str(shim), **told}) as child:
            few = chance.randrange(1, 200)
            devices = [Device(api, 100_000 * (2 * number + one), few) for one in range(2)]
            came = devices[0].enough.wait(60)
            child.kill()
        for device in devices:
            device.thread.join()
            sent += device.sent
            acknowledged += device.acknowledged
        assert came, f"round {number}: hardly anything was acknowledged: {child.said()}"
        before = len(home.rows())
        assert deliver(home, synced).healed == 0, f"round {number}: the power cut has damaged the spool"
        waited += len(home.rows()) - before
    stored = once(home.rows())
    lost, foreign = rows_of(acknowledged) - stored, stored - rows_of(sent)
    assert not lost, f"{len(lost)} of {len(acknowledged)} acknowledged points are lost"
    assert not foreign, f"{len(foreign)} points are stored that nobody sent"
    assert waited, "no spool had anything to deliver after its power cut"


def synced_twice(child: Child, log: Path) -> bool:
    """Wait until the log was synced twice: the first time may have begun before this was called."""

    return synced_again(child, log) and synced_again(child, log)


def synced_again(child: Child, log: Path) -> bool:
    def last_sync() -> int:
        return log.stat().st_mtime_ns if log.exists() else 0

    before = last_sync()
    return wait_until(lambda: child.ended() or last_sync() != before, 30) and not child.ended()


@pytest.mark.timeout(3000)
def test_readings_survive_once_the_log_was_synced_which_is_each_second(
    home: Home, shim: Path, tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    """That it is synced within a second is what tests/collector/test_syncs.py holds."""
    offered: list[str] = []
    promised: list[str] = []
    for number in range(max(1, rounds // 2)):
        live, synced, told = folders(tmp_path / str(number))
        reached = home if chance.random() < 0.5 else away(home)
        environment = {"LD_PRELOAD": str(shim), **told}
        with collecting(reached, live, f"pi{number}", environment=environment) as child:
            child.wait_until_printed(chance.randrange(1, 300), "accepted ")
            accepted = child.told("accepted ")
            assert synced_twice(child, synced / "spool.sqlite-wal"), child.said()
            child.kill()
            promised += accepted
            offered += child.told("offered ")
        assert deliver(home, synced).healed == 0, f"round {number}: the power cut has damaged the spool"
    stored = once(home.rows())
    lost, foreign = rows_of(promised) - stored, stored - rows_of(offered)
    assert not lost, f"{len(lost)} of {len(promised)} readings that were synced are lost"
    assert not foreign, f"{len(foreign)} points are stored that no sensor gave"
