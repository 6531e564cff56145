"""What is told of a camera: ages, counts, and the log once a change."""

import logging
from pathlib import Path

import pytest

from tests.daemon import wait_until
from tests.vision.home import home
from tests.vision.sources import event
from tests.vision.test_live import frame
from vision.reporter import Reporter
from vision.status import Status


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_nothing_is_known_of_a_camera_that_starts(clock: Clock) -> None:
    point = Status("cage", now=clock).health().point("pi", 1_780_000_000.0)
    assert point.fields == {"state": "starting", "fps": 0.0, "bitrate": 0.0, "dropped": 0, "faults": 0}
    assert point.tags == {"camera": "cage", "node": "pi"}


def test_frames_and_bits_a_second_are_of_the_last_ten_seconds(clock: Clock) -> None:
    status = Status("cage", now=clock)
    for _ in range(200):
        status.packet(1000)
        clock.now += 0.1
    health = status.health()
    assert health.fps == pytest.approx(10, rel=0.02)
    assert health.bitrate == pytest.approx(80_000, rel=0.02)
    assert health.frame_age == pytest.approx(0.1)
    clock.now += 30
    health = status.health()
    assert health.fps == 0, "a silent camera still seems to run"
    assert health.frame_age == pytest.approx(30.1)


def test_a_picture_that_never_changes_grows_old(clock: Clock) -> None:
    status = Status("cage", now=clock)
    for shade in (1, 1, 1, 9):
        status.frame(frame(shade))
        clock.now += 2
    assert status.health().still_age == 2
    for _ in range(3):
        status.frame(frame(9))
        clock.now += 2
    assert status.health().still_age == 8


def test_loss_and_return_are_logged_once_each(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    status = Status("cage", now=clock)
    status.limit("cannot record codec vp8")
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            status.packet(1)
        for reason in ("was unplugged", "is not there"):
            status.lost(reason)
        assert status.health().reason == "is not there"
        for _ in range(32):
            status.packet(1)
            clock.now += 1
    assert [record.message for record in caplog.records] == [
        "camera cage runs",
        "was unplugged",
        "camera cage is back",
    ]
    assert status.health().reason == "cannot record codec vp8"


def test_a_camera_that_comes_and_goes_is_logged_once_until_it_stays(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    status = Status("cage", now=clock)
    with caplog.at_level(logging.INFO):
        for _ in range(50):
            for _ in range(20):
                status.packet(1)
                clock.now += 1
            assert not status.lasts
            status.lost("ended its stream")
            assert not status.lasts
            clock.now += 30
            status.lost("is not there")
        for _ in range(31):
            status.packet(1)
            clock.now += 1
        assert status.lasts
        status.lost("was unplugged")
    assert [record.message for record in caplog.records] == [
        "camera cage runs",
        "ended its stream",
        "camera cage comes and goes: ended its stream",
        "camera cage is back",
        "was unplugged",
    ]


def test_telemetry_waits_while_the_spool_is_away(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "data"
    with home(folder) as cage:
        status = Status("cage", now=clock)
        reporter = Reporter(status, cage.spool, "pi", folder / "outbox", every=3600)
        folder.rename(tmp_path / "unplugged")
        folder.write_text("the disk is away")
        reporter.report([status.health().point("pi", 1_780_000_000.0)])
        folder.unlink()
        (tmp_path / "unplugged").rename(folder)
        reporter.close()
        assert [point.tags for point in cage.points("camera")] == [{"camera": "cage", "node": "pi"}]


def test_what_waits_in_the_outboxes_is_reported(tmp_path: Path, clock: Clock) -> None:
    with home(tmp_path) as cage:
        (tmp_path / "snapshot").write_bytes(b"snapshot")
        cage.outbox.accept(event(1, 2), None, tmp_path / "snapshot")
        reporter = Reporter(Status("cage", now=clock), cage.spool, "pi", tmp_path / "outbox", every=0.01)
        try:
            assert wait_until(lambda: bool(cage.points("pipeline")), 10)
            waiting = cage.points("pipeline")[-1]
            assert waiting.tags == {"node": "pi", "part": "outbox"}
            assert waiting.fields["depth"] == 1
            assert 0 <= float(waiting.fields["oldest_age"]) < 60
            cage.store_all()
            assert wait_until(lambda: cage.points("pipeline")[-1].fields["depth"] == 0, 10)
            assert cage.points("pipeline")[-1].fields["oldest_age"] == 0
        finally:
            reporter.close()


def test_counts_are_told_with_the_health_of_the_camera(tmp_path: Path, clock: Clock) -> None:
    with home(tmp_path) as cage:
        reporter = Reporter(Status("cage", now=clock), cage.spool, "pi", tmp_path / "outbox", every=0.01)
        try:
            reporter.count(aside=3, unrecorded=1)
            assert wait_until(lambda: bool(cage.points("camera")), 10)
            told = [point.fields for point in cage.points("camera")][-1]
            assert (told["aside"], told["unrecorded"], told["state"]) == (3, 1, "starting")
        finally:
            reporter.close()
