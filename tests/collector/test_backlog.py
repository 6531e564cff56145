"""Adding while the spool cannot be written: points wait in memory, bounded, and go in later."""

import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.backlog import Backlog
from collector.config import SpoolSection
from influx import points
from influx.points import Point
from influx.schema import ENVIRONMENT, JOURNAL, MEASUREMENTS
from influx.words import FieldType
from tests.collector.lines import spool_at, take_all

START = datetime(2026, 5, 28, tzinfo=UTC)


def reading(number: int) -> Point:
    moment = START + timedelta(seconds=number)
    return points.make(
        ENVIRONMENT, {"node": "pi", "sensor": "s", "location": "den"}, {"temperature": number % 30}, moment
    )


def test_points_wait_while_the_spool_is_away_and_go_in_in_their_order(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="collector")
    folder = tmp_path / "data"
    with spool_at(folder) as spool:
        backlog = Backlog(spool)
        folder.rename(tmp_path / "unplugged")
        folder.write_text("the disk is away")
        for number in range(3):
            backlog.add([reading(number)])
        assert len(backlog) == 3
        folder.unlink()
        (tmp_path / "unplugged").rename(folder)
        backlog.retry()
        assert len(backlog) == 0
        backlog.add([reading(3)])
        assert take_all(spool) == [points.line(reading(number)) for number in range(4)]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"], caplog.text


def test_what_waits_is_bounded_and_the_loss_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with spool_at(folder) as spool:
        backlog = Backlog(spool, most=5)
        folder.rename(tmp_path / "unplugged")
        folder.write_text("the disk is away")
        for number in range(8):
            backlog.add([reading(number)])
        assert (len(backlog), backlog.lost) == (5, 3)
        folder.unlink()
        (tmp_path / "unplugged").rename(folder)
        backlog.retry()
        assert (spool.status().dropped, backlog.lost) == (3, 0), "the loss must outlive this process"
        assert take_all(spool) == [points.line(reading(number)) for number in range(3, 8)]
        backlog.retry()
        assert spool.status().dropped == 3, "a loss is counted once"


def test_more_points_at_once_than_may_wait_are_no_loss_while_the_spool_is_there(tmp_path: Path) -> None:
    with spool_at(tmp_path) as spool:
        backlog = Backlog(spool, most=5)
        backlog.add(reading(number) for number in range(8))
        assert (len(backlog), backlog.lost, spool.status().depth) == (0, 0, 8)


def remark(number: int, size: int) -> Point:
    """A note of ``size`` bytes."""
    tags = {"person": "mia", "entry_type": "food"}
    return points.make(JOURNAL, tags, {"note": "x" * size}, START + timedelta(seconds=number))


def test_what_waits_goes_in_whatever_its_size(tmp_path: Path) -> None:
    smallest = 16 * 2**20
    with spool_at(tmp_path, max_bytes=smallest) as spool:
        backlog = Backlog(spool)
        backlog.add(remark(number, 60_000) for number in range(160))  # 9.6 MB, more than one add may take
        assert len(backlog) == 0
        backlog.add([reading(0)])
        assert spool.status().depth == 161


def test_a_spool_that_takes_nothing_more_ends_no_loop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with spool_at(tmp_path) as spool:
        backlog = Backlog(spool)
    for number in range(3):
        backlog.add([reading(number)])
    assert len(backlog) == 3
    (record,) = caplog.records
    assert "was closed" in record.message


def test_one_point_never_takes_more_than_an_add_to_the_smallest_spool_may() -> None:
    least = next(each.ge for each in SpoolSection.model_fields["max_bytes"].metadata if hasattr(each, "ge"))
    for measurement in MEASUREMENTS.values():
        texts = [field for field in measurement.fields if field.type is FieldType.STRING]
        most = 2 * len(texts) * points.MAX_STRING_BYTES + 100_000  # an escaped byte takes two
        assert most < least // 2, f"a {measurement.name} of {most} bytes could never leave the backlog"


FULL = """
import resource, signal, sys
from pathlib import Path
from collector.backlog import Backlog
from collector.config import SpoolSection
from collector.spool import Spool, SpoolUnavailable
from tests.collector.lines import climate
from tests.collector.test_backlog import reading
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
spool = Spool(Path(sys.argv[1]) / "spool.sqlite", SpoolSection())
spool.add_lines("environment", climate(10))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
added, refused = 10, 0
while not refused:
    try:
        spool.add_lines("environment", climate(100, first=added), durable=added % 3 == 0)
        added += 100
    except SpoolUnavailable as error:
        refused += 1
        reason = str(error)
backlog = Backlog(spool)
backlog.add(reading(number) for number in range(2000))
waiting = len(backlog)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
backlog.retry()
status = spool.status()
print(added, waiting, len(backlog), status.depth, status.healed, "cannot be used now" in reason)
spool.close()
"""


def test_a_disk_that_is_full_refuses_an_add_whole_and_takes_it_when_there_is_room(tmp_path: Path) -> None:
    """The limit on the size of files makes real writes fail in the middle, as a full disk does."""
    command = [sys.executable, "-c", FULL, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    added, waiting, left, depth, healed, clear = result.stdout.split()
    assert waiting == "2000", "an add went into a full disk"
    assert left == "0"
    assert int(depth) == int(added) + 2000, "part of a refused add is there, or an accepted one is not"
    assert (healed, clear) == ("0", "True")


def test_whatever_goes_wrong_what_was_to_be_added_still_waits(tmp_path: Path) -> None:
    with spool_at(tmp_path) as spool:
        backlog = Backlog(spool)
        backlog.put([reading(0), Point("no such measurement", {}, {"x": 1.0}, 0)])
        with pytest.raises(ValueError, match="no such measurement"):
            backlog.retry()
        assert len(backlog) == 2
