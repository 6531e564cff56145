"""Clips are kept within their room, in the order of their value, and no link goes dead."""

import logging
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from influx import pins
from influx.config import Retention
from influx.corrections import Corrections, Said
from influx.embedded import EmbeddedStore
from influx.schema import LATE_WINDOW, VOLUME
from influx.store import RowQuery
from influx.windows import ALL_TIME
from tests.influx.conftest import connected
from tests.vision.shelf import KB, NOW, Shelf, storage
from vision.clips import Clips, DirectoryClips, clip_key, snapshot_key
from vision.events import CLIP_LOST, CLIP_PRUNED, CLIP_STORED, CLIP_WAITING
from vision.reserve import Reserve
from vision.s3 import S3Clips
from vision.storage import SWEEP_EVERY, WARNED
from vision.sweep import PATIENCE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BUCKETS = count()


@pytest.fixture(params=["embedded-directory", "server-minio", "embedded-seaweedfs"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """Each kind of store of points and of clips at least once."""
    kind, place = request.param.split("-")
    request.param = kind
    with connected(request, tmp_path) as store, closing(clips_at(place, request, tmp_path)) as clips:
        yield Shelf(store, clips, tmp_path)


def clips_at(place: str, request: pytest.FixtureRequest, folder: Path) -> Clips:
    if place == "directory":
        return DirectoryClips(folder / "clips")
    server = request.getfixturevalue(f"{place}_server")
    bucket = f"storage-{next(BUCKETS)}"
    return S3Clips(server.endpoint, bucket, server.access_key, server.secret_key, secure=server.secure)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Shelf]:
    """SQLite and a folder, where the kind does not matter."""
    with closing(EmbeddedStore(tmp_path / "points.sqlite")) as store:
        yield Shelf(store, DirectoryClips(tmp_path / "clips"), tmp_path)


def test_a_budget_is_kept_in_the_order_of_value(shelf: Shelf) -> None:
    known = [shelf.add((20 + n) * DAY, clip=1000 * KB, pet="miso") for n in range(3)]
    unknown = [shelf.add((10 + n) * HOUR, clip=1000 * KB) for n in range(3)]
    pinned = shelf.add(200 * DAY, clip=1000 * KB, snapshot=KB, pinned=True)
    waiting = shelf.add(2 * HOUR, clip=1000 * KB, state=CLIP_WAITING)
    state = storage(shelf, budget=5_500 * KB).round(NOW)
    assert state.used == shelf.size() <= 5_500 * KB
    gone = [unknown[2], unknown[1], unknown[0]]
    assert [shelf.says(name)[:2] for name in gone] == [(CLIP_PRUNED, "")] * 3
    left = {clip_key(name) for name in (*known, pinned, waiting)} | {snapshot_key(pinned)}
    assert shelf.there() == left
    assert (state.pruned, state.pinned, state.lacking) == (3, 1001 * KB, 0)


def test_a_pruned_event_keeps_its_snapshot_and_all_it_says(shelf: Shelf) -> None:
    name = shelf.add(5 * DAY, clip=2000 * KB, snapshot=KB, pet="miso")
    before = shelf.event(name)
    storage(shelf, budget=1000 * KB).round(NOW)
    after = shelf.event(name)
    assert before is not None and after is not None  # noqa: PT018
    assert after.tags == before.tags
    changed = {key for key, value in after.fields.items() if before.fields[key] != value}
    assert changed == {"clip", "clip_state"}
    assert shelf.there() == {snapshot_key(name)}
    [report] = shelf.store.rows(RowQuery(LATE_WINDOW.name, ALL_TIME)).points
    assert report.tags == {"node": "pi", "measurement": "pet_event"}
    assert str(report.fields["start"]) <= before.time.isoformat() < str(report.fields["stop"])


def test_how_it_stands_is_a_point(shelf: Shelf) -> None:
    shelf.add(DAY, clip=1200 * KB)
    shelf.add(2 * DAY, clip=700 * KB, pinned=True)
    storage(shelf, budget=1500 * KB).round(NOW)
    [point] = shelf.store.latest(VOLUME.name, ALL_TIME)
    assert point.tags == {"node": "pi", "volume": "clips"}
    told = dict(point.fields)
    free = told.pop("free", None)
    assert (free is not None) == isinstance(shelf.clips, DirectoryClips)
    assert told == {"used": 700 * KB, "pinned": 700 * KB, "budget": 1500 * KB, "lacking": 0, "pruned": 1}


def test_what_comes_between_two_sweeps_is_seen(shelf: Shelf) -> None:
    keeper = storage(shelf, budget=3000 * KB)
    old = shelf.add(9 * HOUR, clip=1000 * KB)
    keeper.round(NOW - HOUR)
    new = [shelf.add(n * timedelta(minutes=10), clip=1000 * KB, camera=f"new-{n}") for n in (1, 2, 3)]
    state = keeper.round(NOW)
    assert state.used == shelf.size() == 2000 * KB
    assert shelf.says(old)[0] == shelf.says(new[2])[0] == CLIP_PRUNED


def test_who_is_named_or_pinned_after_the_last_look_stays(shelf: Shelf) -> None:
    names = [shelf.add((9 - n) * HOUR, clip=1000 * KB) for n in range(4)]
    keeper = storage(shelf, budget=4100 * KB)
    keeper.round(NOW)
    first, second = shelf.event(names[0]), shelf.event(names[1])
    assert first is not None and second is not None  # noqa: PT018
    Corrections(shelf.store, "pi").correct(first, Said("miso", "playing"), person="ann", now=NOW)
    shelf.write(pins.pin(second, pinned=True, person="ann"))
    shelf.add(HOUR / 2, clip=1000 * KB)
    keeper.round(NOW + HOUR / 12)
    assert shelf.says(names[2])[0] == CLIP_PRUNED
    assert [shelf.says(name)[0] for name in names[:2]] == [CLIP_STORED] * 2
    keeper.make_room(NOW + HOUR / 12, budget=1000 * KB)
    assert shelf.there() == {clip_key(names[1])}, "the pinned one"
    shelf.write(pins.pin(second, pinned=False, person="ann"))
    keeper.round(NOW + HOUR / 6)
    keeper.make_room(NOW + HOUR / 6, budget=100)
    assert shelf.there() == set(), "unpinned again it is as any other"


def test_pinned_clips_go_last_and_a_day_after_a_warning(
    small: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    pinned = [small.add((9 - n) * DAY, clip=1000 * KB, pinned=True) for n in range(3)]
    loose = small.add(HOUR, clip=1000 * KB, pet="miso")
    state = storage(small, budget=2500 * KB).round(NOW)
    assert small.says(loose)[0] == CLIP_PRUNED
    assert state.lacking > 0, "it has to be told"
    assert {clip_key(name) for name in pinned} == small.there()
    with caplog.at_level(logging.WARNING):
        # Restarts change nothing of when it was told, and it is told once.
        for minutes in (5, 10, 23 * 60):
            storage(small, budget=2500 * KB).round(NOW + timedelta(minutes=minutes))
    assert caplog.text.count("only pinned clips") == 1
    assert len(small.there()) == 3
    state = storage(small, budget=2500 * KB).round(NOW + WARNED)
    assert small.there() == {clip_key(name) for name in pinned[1:]}, "the oldest of them, and no more"
    assert small.says(pinned[0])[0] == CLIP_PRUNED
    assert storage(small, budget=2500 * KB).round(NOW + WARNED + HOUR).lacking == 0
    assert not (small.folder / "warned.json").exists()


def test_an_event_that_expires_takes_clip_snapshot_and_pin_along(shelf: Shelf) -> None:
    old = shelf.add(40 * DAY, clip=10 * KB, snapshot=KB, pinned=True)
    new = shelf.add(20 * DAY, clip=10 * KB, pinned=True)
    keeper = storage(shelf, retention=Retention(events=30 * DAY))
    keeper.round(NOW, sure=False)
    assert shelf.event(old) is not None, "nobody knows whether it is that late"
    keeper.round(NOW)
    assert shelf.event(old) is None
    assert shelf.there() == {clip_key(new)}
    assert pins.pinned(shelf.store).keys() == {new}


def test_clips_that_expire_by_the_dozen_are_no_sign_of_another_database(
    small: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(30):
        small.add((40 + n) * DAY, clip=KB, told=False)  # its point is gone already
    new = small.add(20 * DAY, clip=KB)
    storage(small, retention=Retention(events=30 * DAY)).round(NOW)
    assert small.there() == {clip_key(new)}
    assert "mounted" not in caplog.text


def test_a_clip_without_an_event_is_told_and_goes_after_a_day_of_waiting(shelf: Shelf) -> None:
    orphan = shelf.add(3 * DAY, clip=KB, snapshot=KB, told=False)
    others = [shelf.add((4 + n) * DAY, clip=KB) for n in range(2)]
    soon = NOW + 2 * DAY  # it was stored just now, whenever its event began
    keeper = storage(shelf)
    assert keeper.sweep(NOW).orphans == [], "its event may be on its way"
    assert keeper.sweep(soon).orphans == [orphan]
    assert len(shelf.there()) == 4
    assert keeper.sweep(soon + PATIENCE).orphans == []
    assert shelf.there() == {clip_key(name) for name in others}


def test_an_orphan_whose_event_comes_late_stays(small: Shelf) -> None:
    orphan = small.add(3 * DAY, clip=KB, told=False)
    small.add(4 * DAY, clip=KB)
    keeper = storage(small)
    soon = NOW + 2 * DAY
    assert keeper.sweep(soon).orphans == [orphan]
    small.add(3 * DAY, clip=KB)
    assert keeper.sweep(soon + PATIENCE).orphans == []
    small.agree()


def test_what_somebody_deleted_by_hand_is_told_as_lost(shelf: Shelf) -> None:
    names = [shelf.add((2 + n) * DAY, clip=KB, snapshot=KB) for n in range(4)]
    shelf.clips.delete(clip_key(names[0]))
    shelf.clips.delete(snapshot_key(names[1]))
    assert storage(shelf).sweep(NOW).lost == 2
    assert shelf.says(names[0]) == (CLIP_LOST, "", snapshot_key(names[0]))
    assert shelf.says(names[1]) == (CLIP_STORED, clip_key(names[1]), "")
    shelf.agree()


def test_nothing_is_mended_where_the_folder_is_not_mounted(
    small: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    names = [small.add((2 + n) * HOUR, clip=KB) for n in range(30)]
    (small.folder / "clips").rename(small.folder / "elsewhere")
    keeper = storage(small)
    for _ in range(2):
        keeper.sweep(NOW)
    assert caplog.text.count("mounted") == 1
    assert {small.says(name)[0] for name in names} == {CLIP_STORED}
    (small.folder / "elsewhere").rename(small.folder / "clips")
    assert keeper.sweep(NOW).lost == 0
    small.agree()


def test_nothing_is_deleted_where_the_database_is_another_one(small: Shelf) -> None:
    for n in range(30):
        small.add((2 + n) * DAY, clip=KB, told=False)
    keeper = storage(small, budget=1000 * KB)
    for days in range(2, 6):
        keeper.round(NOW + days * DAY)
    keeper.make_room(NOW + 6 * DAY, budget=KB)
    assert len(small.there()) == 30


def test_what_an_old_copy_of_the_event_says_is_mended(small: Shelf) -> None:
    name = small.add(3 * DAY, clip=2000 * KB)
    before = small.event(name)
    assert before is not None
    storage(small, budget=1000 * KB).round(NOW)
    small.write(before)  # an import, or a spool that delivers after a week
    assert small.says(name)[0] == CLIP_STORED
    storage(small).sweep(NOW)
    small.agree()


def test_other_things_in_the_folder_are_counted_and_never_touched(small: Shelf) -> None:
    small.add(3 * DAY, clip=2000 * KB)
    small.put("music/summer.mp4", 3000 * KB)
    state = storage(small, budget=1000 * KB).round(NOW)
    assert small.there() == {"music/summer.mp4"}
    assert state.used == 3000 * KB


def test_a_node_mends_only_events_of_its_own_cameras(small: Shelf) -> None:
    name = small.add(3 * DAY, clip=KB, camera="theirs")
    small.clips.delete(clip_key(name))
    assert storage(small, ours=lambda camera: camera == "ours").sweep(NOW).lost == 0
    assert storage(small, ours=lambda camera: camera == "theirs").sweep(NOW).lost == 1


def test_a_round_that_is_told_to_stop_ends_early(small: Shelf) -> None:
    for n in range(3):
        small.add((2 + n) * DAY, clip=1000 * KB)
    stop = threading.Event()
    stop.set()
    storage(small, stop=stop, budget=1000 * KB).round(NOW)
    assert len(small.there()) == 3


def test_after_some_hours_everything_is_looked_at_again(small: Shelf) -> None:
    keeper = storage(small)
    keeper.round(NOW)
    small.add(30 * DAY, clip=KB, camera="late")
    assert keeper.round(NOW + HOUR).used == 0, "an old one, from a node that was away for a month"
    assert keeper.round(NOW + SWEEP_EVERY).used == KB


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB in memory."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_part_of_the_disk_stays_free(disk: Path) -> None:
    with closing(EmbeddedStore(disk / "points.sqlite")) as store:
        shelf = Shelf(store, DirectoryClips(disk / "clips"), disk)
        for n in range(14):
            shelf.add((20 - n) * HOUR, clip=4000 * KB)
        (disk / "source").unlink()
        state = storage(shelf, floor=20).round(NOW)
        assert state.space is not None
        assert state.space.free >= state.space.total * 0.2
        assert shelf.size() >= 8 * 4000 * KB, "no more than has to"
        shelf.agree()


def fill(file: Path) -> None:
    """Write to ``file`` until the disk takes no byte more."""
    with file.open("wb", buffering=0) as others, suppress(OSError):
        while others.write(b"x" * 512):
            pass
    assert shutil.disk_usage(file).free == 0


@pytest.mark.parametrize("restarted", [False, True])
def test_a_disk_that_is_full_to_the_brim_gets_room_by_itself(disk: Path, restarted: bool) -> None:
    store = EmbeddedStore(disk / "points.sqlite")
    shelf = Shelf(store, DirectoryClips(disk / "clips"), disk)
    for n in range(4):
        shelf.add((20 - n) * HOUR, clip=4000 * KB)
    (disk / "source").unlink()
    keeper = storage(shelf, floor=20)
    keeper.round(NOW - HOUR)
    assert (disk / "reserve").stat().st_size > 0
    if restarted:
        store.close()
    fill(disk / "others")
    if restarted:
        Reserve(disk / "reserve").spend_when_full()
        store = shelf.store = EmbeddedStore(disk / "points.sqlite")
        keeper = storage(shelf, floor=20)
    with closing(store):
        state = keeper.round(NOW)
        assert state.space is not None
        assert state.space.free >= state.space.total * 0.2
        assert shelf.size() <= 4001 * KB
        assert (disk / "reserve").stat().st_size > 0, "it is set aside again"
        shelf.agree()
