import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api.ingest.showing import Showing
from collector.config import SpoolSection
from collector.spool import Spool
from influx.embedded import EmbeddedStore
from influx.points import Point, make
from influx.schema import ENVIRONMENT
from influx.store import RowQuery
from influx.windows import ALL_TIME
from tests.daemon import wait_until

TAGS = {"location": "hutch", "node": "pi", "sensor": "hat"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with closing(EmbeddedStore(tmp_path / "points.sqlite")) as store:
        yield store


@pytest.fixture
def showing(tmp_path: Path, store: EmbeddedStore) -> Iterator[Showing]:
    with (
        closing(Spool(tmp_path / "spool.sqlite", SpoolSection())) as spool,
        closing(Showing(store, spool)) as showing,
    ):
        yield showing


def reading(number: int) -> Point:
    return make(ENVIRONMENT, TAGS, {"temperature": 20.5}, time.time_ns() + number)


def seen(store: EmbeddedStore) -> int:
    return len(store.rows(RowQuery(ENVIRONMENT.name, ALL_TIME, limit=1000)).points)


def is_showing() -> bool:
    return any(thread.name == "show" for thread in threading.enumerate())


def test_what_many_bring_at_once_is_there_when_they_go_on(store: EmbeddedStore, showing: Showing) -> None:
    def bring(first: int) -> None:
        for number in range(first, first + 5):
            showing.show([reading(number)])
            found.append(seen(store))

    found: list[int] = []
    threads = [threading.Thread(target=bring, args=(100 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen(store) == 40
    assert min(found) >= 1, "who had shown something found nothing"
    assert wait_until(lambda: not is_showing(), 10), "a thread stays though there is nothing to show"


def test_nothing_is_written_to_a_store_that_may_be_closed(
    tmp_path: Path, store: EmbeddedStore, showing: Showing
) -> None:
    with closing(sqlite3.connect(tmp_path / "points.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        showing.show([reading(1)])
        assert is_showing(), "the store is busy, so that this cannot have been written"
        bringing = threading.Thread(target=showing.show, args=([reading(2)],))
        bringing.start()
        ending = threading.Thread(target=showing.close)
        ending.start()
        other.execute("COMMIT")
        ending.join()
        assert not is_showing(), "something may still be written behind the back of who closes the store"
        bringing.join()
    there = seen(store)
    showing.show([reading(3)])
    assert seen(store) == there, "shown after it was closed"
    assert not is_showing()
