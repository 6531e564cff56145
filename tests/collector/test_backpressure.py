"""A disk that hangs, or is locked by somebody else, holds up no sensor."""

import threading
from contextlib import closing
from pathlib import Path

from collector.backlog import Backlog
from collector.clock import Stamp
from collector.config import CollectorSection
from collector.file_lock import FileLock
from collector.loop import run
from collector.spool import open_spool
from influx.embedded import EmbeddedStore
from tests.collector.lines import START_NS, spool_at
from tests.collector.test_backlog import reading
from tests.collector.test_sampler import Bench, Scripted
from tests.daemon import wait_until

CONFIG = CollectorSection.model_validate(
    {"interval": 0.1, "sensors": [{"kind": "simulated", "name": "attic", "location": "den"}]}
)


def test_sensors_are_read_on_while_another_process_holds_the_spool(tmp_path: Path) -> None:
    """What hangs is one thread that reads no sensor; readings wait in memory and go in when it is free."""
    stop = threading.Event()
    with closing(FileLock(tmp_path / "spool.sqlite.lock")) as held, spool_at(tmp_path) as spool:
        backlog = Backlog(spool)
        intake = threading.Thread(target=backlog.run, args=(stop,))
        intake.start()
        bench = Bench(Scripted(*[20.0] * 200), add=backlog.put)
        try:
            with held:
                for number in range(200):
                    bench.stamp = Stamp(START_NS + number)
                    bench.sampler.sample()
            assert wait_until(lambda: spool.status().depth == 400, 10), spool.status()
        finally:
            stop.set()
            intake.join(10)
    assert not intake.is_alive()


def test_what_waits_meanwhile_is_bounded_and_every_loss_is_counted(tmp_path: Path) -> None:
    stop = threading.Event()
    with closing(FileLock(tmp_path / "spool.sqlite.lock")) as held, spool_at(tmp_path) as spool:
        backlog = Backlog(spool, most=50)
        with held:
            intake = threading.Thread(target=backlog.run, args=(stop,))
            intake.start()
            for number in range(500):
                backlog.put([reading(number)])
            assert len(backlog) <= 50
        stop.set()
        intake.join(10)
        status = spool.status()
        assert (len(backlog), backlog.lost) == (0, 0)
        assert status.depth + status.dropped == 500, "a reading is neither there nor counted"
        assert status.depth >= 50


def test_the_collector_stops_though_its_disk_hung(tmp_path: Path) -> None:
    stop = threading.Event()
    with (
        closing(EmbeddedStore(tmp_path / "points.sqlite")) as store,
        closing(FileLock(tmp_path / "spool.sqlite.lock")) as held,
        closing(open_spool(tmp_path, CONFIG.spool)) as spool,
    ):
        thread = threading.Thread(
            target=run,
            args=(CONFIG,),
            kwargs={"node": "pi", "data_dir": tmp_path, "store": store, "stop": stop},
        )
        thread.start()
        assert wait_until(lambda: spool.status().accepted > 0, 20), "nothing is collected"
        with held:
            stop.set()
        thread.join(20)
        assert not thread.is_alive()
        assert spool.status().dropped == 0
