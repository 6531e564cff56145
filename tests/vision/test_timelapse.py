"""Each day of a camera becomes one film, once, whatever happens at midnight."""

import errno
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import numpy as np
import pytest

from collector.file_lock import FileLock
from tests.daemon import wait_until
from tests.power import Power
from tests.vision.home import Home, home
from tests.vision.sources import pictures
from vision.clips import clip_key, snapshot_key
from vision.config import CameraSection, TimelapseSection
from vision.events import Event
from vision.film import FEWEST, TOO_FEW, evenly
from vision.film import make as make_film
from vision.picture import jpeg
from vision.timelapse import Timelapse

ZURICH = ZoneInfo("Europe/Zurich")
CAGE = CameraSection(kind="file", name="cage", location="room")
HOUR = 3600.0


@pytest.fixture
def cage(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path) as made:
        yield made


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH).timestamp()


def shade(level: int, size: tuple[int, int] = (320, 180)) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), level, np.uint8), format="rgb24")


def timelapse(cage: Home, section: CameraSection = CAGE, **options: object) -> Timelapse:
    config = TimelapseSection.model_validate({"every": 600, **options})
    folder = cage.data_dir / "timelapse" / section.name
    return Timelapse(
        section, config, folder, ZURICH, lambda event, film, picture: cage.outbox.accept(event, film, picture)
    )


def watch(lapse: Timelapse, start: float, stop: float, step: float = 300.0) -> None:
    """Show it a picture every ``step`` seconds, which becomes lighter from day to night."""
    now = start
    while now < stop:
        lapse.look(shade(int((now - start) / (stop - start) * 200) + 20), now)
        now += step


def test_pictures_since_a_moment_are_forgotten_and_those_before_stay(cage: Home) -> None:
    lapse = timelapse(cage)
    watch(lapse, at("2026-05-28T10:00"), at("2026-05-28T12:00"), 600)
    lapse.forget(at("2026-05-28T11:30"))
    taken = sorted(int(path.stem) / 1000 for path in (cage.data_dir / "timelapse").rglob("*.jpg"))
    assert taken[0] == at("2026-05-28T10:00")
    assert taken[-1] == at("2026-05-28T11:20")
    assert len(taken) == 9
    lapse.close()


def test_no_picture_is_kept_of_the_moments_before_and_after_somebody_is_known_who_is_left_out(
    cage: Home,
) -> None:
    lapse, start = timelapse(cage, every=5), at("2026-05-28T10:00")
    for second in range(120):
        since = start + 58 if second in (61, 70) else None
        lapse.look(shade(90), start + second, discreet_since=since)
    taken = sorted(int(path.stem) / 1000 - start for path in (cage.data_dir / "timelapse").rglob("*.jpg"))
    assert taken == [*range(0, 60, 5), *range(81, 120, 5)]
    lapse.look(shade(90), start - 3600)
    assert len(list((cage.data_dir / "timelapse").rglob("*.jpg"))) == len(taken) + 1, "clocks go back"


def test_a_picture_that_cannot_be_removed_is_said(cage: Home, caplog: pytest.LogCaptureFixture) -> None:
    lapse, start = timelapse(cage), at("2026-05-28T10:00")
    lapse.look(shade(90), start)
    (days(cage)[0] / f"{start * 1000 + 1:.0f}.jpg").mkdir()
    lapse.forget(start + 0.001)
    assert "a picture of somebody who is left out cannot be removed" in caplog.text


def test_a_film_for_which_there_was_no_room_is_made_the_day_after(
    cage: Home, caplog: pytest.LogCaptureFixture
) -> None:
    full = [True]

    def keep(event: Event, film: Path, picture: Path | None) -> None:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        cage.outbox.accept(event, film, picture)

    config = TimelapseSection.model_validate({"every": 600})
    lapse = Timelapse(CAGE, config, cage.data_dir / "timelapse" / "cage", ZURICH, keep)
    watch(lapse, at("2026-05-28T00:00"), at("2026-05-29T00:00"))

    def has_failed() -> bool:
        lapse.tick(at("2026-05-29T00:01"))
        return "is tried again tomorrow" in caplog.text

    assert wait_until(has_failed, 60)
    full.clear()
    assert len(made(lapse, cage, at("2026-05-30T00:01"))) == 1


def made(lapse: Timelapse, cage: Home, now: float) -> dict[str, dict[str, object]]:
    """The time-lapses that are stored once all films were made."""

    def is_done() -> bool:
        nonlocal now
        now += 61
        lapse.tick(now)
        return not [
            path
            for path in days(cage)
            if path.is_dir() and path.name < f"{datetime.fromtimestamp(now, ZURICH):%Y-%m-%d}"
        ]

    assert wait_until(is_done, 60), "no film is made"
    cage.store_all()
    return {event_id: dict(fields) for event_id, fields in cage.events().items()}


def days(cage: Home) -> list[Path]:
    return sorted((cage.data_dir / "timelapse" / "cage").iterdir())


def test_a_day_becomes_a_film_of_its_pictures_in_their_order(cage: Home) -> None:
    lapse = timelapse(cage)
    watch(lapse, at("2026-05-28T00:00"), at("2026-05-29T00:00"))
    lapse.tick(at("2026-05-28T23:59"))
    assert days(cage)[0].is_dir(), "the day is not over"
    events = made(lapse, cage, at("2026-05-29T00:01"))
    ((event_id, fields),) = events.items()
    assert event_id == "cage-20260527T220000000Z-0", "it begins with the day at home"
    assert (fields["event_type"], fields["duration"], fields["clip_state"]) == (
        "timelapse",
        86400.0,
        "stored",
    )
    assert (fields["clip"], fields["snapshot"]) == (clip_key(event_id), snapshot_key(event_id))
    clip = cage.data_dir / "clips" / str(fields["clip"])
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width) == ("h264", 320)
        assert stream.average_rate is not None
        assert float(stream.average_rate) == 24
        levels = [float(frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)]
    assert len(levels) == 144
    assert all(later > before - 2 for before, later in pairwise(levels))
    assert levels[-1] - levels[0] > 150
    boxes = clip.read_bytes()
    assert boxes.index(b"moov") < boxes.index(b"mdat"), "the index must stand in front"
    assert cage.leftovers() == []


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_where_clocks_are_set_the_day_is_the_homes(cage: Home, day: str, hours: int) -> None:
    lapse = timelapse(cage)
    watch(lapse, at(f"{day}T00:00"), at(f"{day}T00:00") + hours * HOUR)
    ((_, fields),) = made(lapse, cage, at(f"{day}T12:00") + 24 * HOUR).items()
    assert fields["duration"] == hours * HOUR
    assert pictures(cage.data_dir / "clips" / str(fields["clip"])) == hours * 6


def test_a_camera_that_was_off_at_midnight_makes_its_films_when_it_is_back(cage: Home) -> None:
    first = timelapse(cage)
    watch(first, at("2026-05-27T09:00"), at("2026-05-27T18:00"))
    watch(first, at("2026-05-28T09:00"), at("2026-05-28T18:00"))
    first.close()
    (days(cage)[0] / "1.jpg").write_bytes(b"")  # as a power cut leaves a picture
    (days(cage)[1] / "2.jpg").write_bytes(b"\xff\xd8 no picture")
    assert len(made(timelapse(cage), cage, at("2026-05-30T07:00"))) == 2


def test_killed_while_it_makes_a_film_it_makes_it_at_the_next_start(cage: Home) -> None:
    first = timelapse(cage)
    watch(first, at("2026-05-28T00:00"), at("2026-05-29T00:00"), 600)
    first.tick(at("2026-05-29T00:01"))
    first.close()
    assert cage.events() == {}
    second = timelapse(cage)
    assert len(made(second, cage, at("2026-05-29T00:02"))) == 1
    watch(second, at("2026-05-28T12:00"), at("2026-05-28T20:00"))  # a clock that was set back
    assert not days(cage)[0].is_dir() or not list(days(cage)[0].iterdir()), "the day would have two films"


MAKING = """
import sys
from pathlib import Path
from tests.vision.test_timelapse import CAGE, ZURICH, at
from vision.config import TimelapseSection
from vision.timelapse import Timelapse

folder, now = Path(sys.argv[1]), at("2026-05-29T00:01")
lapse = Timelapse(CAGE, TimelapseSection(), folder, ZURICH, lambda event, film, picture: film.unlink())
while (folder / "2026-05-28").exists():
    now += 61
    lapse.tick(now)
"""


def test_after_a_power_cut_a_day_that_has_its_film_is_known_to_have_it(shim: Path, tmp_path: Path) -> None:
    live = tmp_path / "live"
    folder = live / "cage" / "2026-05-28"
    folder.mkdir(parents=True)
    for number in range(FEWEST):
        (folder / f"{at('2026-05-28T10:00') * 1000 + number:.0f}.jpg").write_bytes(jpeg(shade(90), 320, 75))
    power = Power(shim, live, tmp_path / "kept")
    root = Path(__file__).parents[2]
    making = [sys.executable, "-c", MAKING, live / "cage"]
    subprocess.run(list(map(str, making)), cwd=root, env=power.environment, check=True, timeout=60)
    power.cut(tmp_path / "left")
    assert (tmp_path / "left" / "cage" / "2026-05-28.made").exists()


def test_a_day_of_hardly_any_pictures_has_no_film(cage: Home) -> None:
    lapse = timelapse(cage)
    watch(lapse, at("2026-05-28T09:00"), at("2026-05-28T09:00") + (FEWEST - 1) * 600, 600)
    assert made(lapse, cage, at("2026-05-29T00:01")) == {}


def test_pictures_are_bounded_and_the_film_is_no_longer_than_it_may_be(cage: Home) -> None:
    lapse = timelapse(cage, every=5, length=5, fps=10)
    watch(lapse, at("2026-05-28T00:00"), at("2026-05-29T00:00"), 30)
    assert len(list(days(cage)[0].iterdir())) < 100
    ((_, fields),) = made(lapse, cage, at("2026-05-29T00:01")).items()
    assert pictures(cage.data_dir / "clips" / str(fields["clip"])) == 50


def test_pictures_are_taken_in_the_hours_that_the_camera_records(cage: Home) -> None:
    nights = CAGE.model_copy(update={"record": "22:00-04:00"})
    watch(timelapse(cage, nights), at("2026-05-28T00:00"), at("2026-05-29T00:00"))
    assert len(list(days(cage)[0].iterdir())) == 6 * 6


def test_switched_off_it_keeps_nothing(cage: Home) -> None:
    watch(timelapse(cage, on=False), at("2026-05-28T00:00"), at("2026-05-28T12:00"))
    assert not (cage.data_dir / "timelapse").exists()


def test_a_disk_that_takes_nothing_is_said_once(cage: Home, caplog: pytest.LogCaptureFixture) -> None:
    (cage.data_dir / "timelapse").write_text("no folder")
    with caplog.at_level(logging.WARNING):
        watch(timelapse(cage), at("2026-05-28T00:00"), at("2026-05-28T12:00"))
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "camera cage takes no pictures for its time-lapse"
    ]


def test_of_many_pictures_those_in_even_steps_are_shown() -> None:
    paths = [Path(str(number)) for number in range(1000)]
    chosen = [int(path.name) for path in evenly(paths, 100)]
    assert (len(chosen), chosen[0], chosen[-1]) == (100, 0, 999)
    assert {later - before for before, later in pairwise(chosen)} == {10, 11}
    assert evenly(paths[:50], 100) == paths[:50]


def test_pictures_of_another_size_are_made_to_fit(tmp_path: Path) -> None:
    for number, size in enumerate([(320, 180), (640, 480), (161, 91)]):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(shade(90, size), 640, 75))
    assert make_film(sorted(tmp_path.glob("*.jpg")), tmp_path / "film.mp4", 10) == 3
    assert pictures(tmp_path / "film.mp4") == 3


def test_pictures_that_are_gone_or_spoilt_are_passed_over(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(shade(90), 320, 75))
    spoilt = bytearray((tmp_path / "1.jpg").read_bytes())
    size = spoilt.index(b"\xff\xc0") + 5
    spoilt[size : size + 4] = b"\xff\xdc\xff\xdc"
    (tmp_path / "1.jpg").write_bytes(spoilt)
    paths = [*sorted(tmp_path.glob("*.jpg")), tmp_path / "9.jpg"]
    assert make_film(paths, tmp_path / "film.mp4", 10) == 2


def test_films_are_made_one_after_the_other_and_give_way(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "vision.film", tmp_path, tmp_path / "film.mp4"]
    options = ["--fps=5", "--most=9", "--lock", tmp_path / "lock"]
    with (
        FileLock(tmp_path / "lock") as others,
        subprocess.Popen(list(map(str, [*command, *options]))) as process,
    ):
        assert wait_until(lambda: os.getpriority(os.PRIO_PROCESS, process.pid) == 19, 20)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        others.release()
        assert process.wait() == TOO_FEW
