"""What the store refused: looked at, sent again, deleted; the counters tell the truth all the while."""

from pathlib import Path

import pytest

from collector.spool import Spool, Which
from tests.collector.lines import climate, drain_of, happening, spool_at, take_all


def refuse(spool: Spool, measurement: str, lines: list[str], reason: str) -> None:
    """Let the store refuse all of ``lines``."""
    spool.add_lines(measurement, lines)
    with drain_of(spool) as drain:
        drain.reject(drain.batch(), [(line, reason) for line in lines])


@pytest.fixture
def lines() -> list[str]:
    return climate(3)


def three_kinds(spool: Spool, lines: list[str]) -> None:
    refuse(spool, "environment", lines[:2], "Older than the bucket keeps")
    refuse(spool, "environment", lines[2:], "field type conflict")
    refuse(spool, "pet_event", [happening(1)], "older than the bucket keeps")


@pytest.mark.parametrize(
    ("which", "count"),
    [
        (Which(), 4),
        (Which(measurement="environment"), 3),
        (Which(reason="OLDER than"), 3),
        (Which(measurement="environment", reason="older"), 2),
        (Which(ids=(2, 3, 77)), 2),
        (Which(ids=(4,), measurement="environment"), 0),
    ],
)
def test_those_that_are_meant_go_and_no_others(
    tmp_path: Path, lines: list[str], which: Which, count: int
) -> None:
    with spool_at(tmp_path) as spool:
        three_kinds(spool, lines)
        assert spool.drop_dead(which) == count
        status = spool.status()
        assert (status.dead, status.rejected, status.depth) == (4 - count, 4, 0)
    with spool_at(tmp_path / "again") as spool:
        three_kinds(spool, lines)
        assert spool.retry_dead(which) == count
        status = spool.status()
        assert (status.dead, status.rejected, status.depth) == (4 - count, 4 - count, count)
        assert len(take_all(spool)) == count
        assert spool.status().accepted == count


def test_what_is_sent_again_is_what_was_refused_in_its_order(tmp_path: Path, lines: list[str]) -> None:
    with spool_at(tmp_path) as spool:
        three_kinds(spool, lines)
        spool.retry_dead(Which())
        assert take_all(spool) == [*lines, happening(1)]


def test_bytes_that_changed_on_the_disk_are_never_sent_again(tmp_path: Path, lines: list[str]) -> None:
    with spool_at(tmp_path) as spool:
        refuse(spool, "environment", lines, "its bytes changed on the disk")
        assert spool.retry_dead(Which()) == 0
        assert (spool.status().dead, spool.status().rejected) == (3, 3)
        assert spool.drop_dead(Which()) == 3


def test_a_number_is_never_given_again_and_no_count_falls_below_none(
    tmp_path: Path, lines: list[str]
) -> None:
    with spool_at(tmp_path) as spool:
        refuse(spool, "environment", lines, "no")
        spool.drop_dead(Which())
        refuse(spool, "environment", lines[:1], "no")
        assert [letter.id for letter in spool.dead()] == [4]
        spool._file.transact(lambda connection: connection.execute("UPDATE tally SET rejected = 0"))
        assert spool.retry_dead(Which()) == 1
        assert spool.status().rejected == 0
