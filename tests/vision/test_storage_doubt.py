"""What the keeper of clips leaves alone: whatever would be deleted for a wrong reason, or unannounced."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from influx.embedded import EmbeddedStore
from influx.schema import VOLUME
from influx.windows import ALL_TIME
from tests.vision.shelf import KB, NOW, Shelf, storage
from vision.clips import ClipsUnavailable, DirectoryClips, Space, clip_key, snapshot_key
from vision.events import CLIP_PRUNED, CLIP_STORED
from vision.storage import WARNED
from vision.sweep import PATIENCE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = NOW + 2 * DAY
"""What was stored just now is old enough to be without an event then."""


class Trying(DirectoryClips):
    """A folder that may refuse to delete, on a disk of a size of its own."""

    refuses = False
    space_is: Space | None = None

    def delete(self, key: str) -> None:
        if self.refuses:
            raise ClipsUnavailable("AccessDenied")
        super().delete(key)

    def space(self) -> Space | None:
        return self.space_is or super().space()


@pytest.fixture
def clips(tmp_path: Path) -> Trying:
    return Trying(tmp_path / "clips")


@pytest.fixture
def shelf(tmp_path: Path, clips: Trying) -> Iterator[Shelf]:
    with closing(EmbeddedStore(tmp_path / "points.sqlite")) as store:
        yield Shelf(store, clips, tmp_path)


def pruned(shelf: Shelf, names: list[str]) -> int:
    return sum(shelf.says(name)[0] == CLIP_PRUNED for name in names)


def test_where_the_store_deletes_nothing_no_more_events_lose_their_clip(shelf: Shelf, clips: Trying) -> None:
    names = [shelf.add((9 + n) * HOUR, clip=100 * KB) for n in range(40)]
    keeper = storage(shelf, budget=1000 * KB)
    clips.refuses = True
    for round_ in range(3):
        with pytest.raises(ClipsUnavailable):
            keeper.round(NOW + round_ * HOUR / 12)
    with pytest.raises(ClipsUnavailable):
        storage(shelf, budget=1000 * KB).round(NOW)
    assert pruned(shelf, names) == 1, "the first to go, and none after it"
    clips.refuses = False
    state = keeper.round(NOW + HOUR)
    assert state.used == shelf.size() == 900 * KB
    shelf.agree()


def test_a_clock_that_nobody_keeps_makes_no_orphan_old(shelf: Shelf) -> None:
    shelf.add(3 * DAY, clip=KB)
    orphan = shelf.add(4 * DAY, clip=2000 * KB, told=False)
    known = shelf.add(5 * DAY, clip=2000 * KB, pet="miso")
    keeper = storage(shelf, budget=2500 * KB)
    for years in (1, 2, 3):
        keeper.round(NOW + years * 365 * DAY, sure=False)
    assert clip_key(orphan) in shelf.there()
    assert shelf.says(known)[0] == CLIP_PRUNED, "room is made all the same"
    keeper.sweep(SOON)
    assert clip_key(orphan) in shelf.there(), "and its day begins when the time is known"
    keeper.sweep(SOON + PATIENCE)
    assert clip_key(orphan) not in shelf.there()


def test_clips_of_another_home_in_the_bucket_stay(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    ours = [shelf.add((3 + n) * DAY, clip=100 * KB) for n in range(12)]
    theirs = [shelf.add((3 + n) * DAY, clip=900 * KB, camera="barn", told=False) for n in range(3)]
    keeper = storage(shelf, budget=1500 * KB)
    for days in range(5):
        state = keeper.round(SOON + days * DAY)
    assert {clip_key(name) for name in (*ours, *theirs)} == shelf.there()
    assert state.used == 1200 * KB, "nor do they take our room"
    assert caplog.text.count("no event knows (barn)") == 1


def test_a_database_from_a_backup_deletes_nothing_until_somebody_says_so(shelf: Shelf) -> None:
    told = [shelf.add((9 + n) * DAY, clip=10 * KB) for n in range(70)]
    forgotten = [shelf.add((3 + n) * HOUR, clip=10 * KB, told=False) for n in range(30)]
    keeper = storage(shelf, budget=1000 * KB)
    for days in range(5):
        state = keeper.round(SOON + days * DAY)
    assert len(shelf.there()) == 100
    assert state.lacking > 0, "which is what the alert tells"
    assert keeper.delete_orphans(SOON + 6 * DAY) == 30
    assert shelf.there() == {clip_key(name) for name in told}
    assert keeper.round(SOON + 7 * DAY).lacking == 0
    assert forgotten


@pytest.mark.parametrize(("nameless", "stay"), [(20, False), (30, True)])
def test_snapshots_that_an_import_forgot_are_left_alone(shelf: Shelf, nameless: int, stay: bool) -> None:
    names = [shelf.add((9 + n) * HOUR, clip=KB) for n in range(nameless)]
    for name in names:
        shelf.put(snapshot_key(name), KB)
    storage(shelf).sweep(SOON)
    assert all((snapshot_key(name) in shelf.there()) is stay for name in names)
    assert all(clip_key(name) in shelf.there() for name in names)


def test_the_first_time_ever_is_told_a_day_ahead(
    shelf: Shelf, clips: Trying, caplog: pytest.LogCaptureFixture
) -> None:
    names = [shelf.add((3 + n) * HOUR, clip=100 * KB) for n in range(10)]
    clips.space_is = Space(1_500 * KB, 75 * KB)
    begun = shelf.folder / "begun.json"
    for hours in (0, 12, 23):
        state = storage(shelf, floor=20, begun=begun).round(NOW + hours * HOUR)
        assert (pruned(shelf, names), state.lacking) == (0, 240 * KB)
    assert caplog.text.count("from tomorrow on") == 1
    [point] = shelf.store.latest(VOLUME.name, ALL_TIME)
    assert point.fields["lacking"] == 240 * KB
    storage(shelf, floor=20, begun=begun).round(NOW + WARNED)
    assert pruned(shelf, names) == 3
    storage(shelf, floor=20, begun=begun).round(NOW + WARNED + HOUR)
    assert pruned(shelf, names) == 6, "and from then on at once"


def test_a_home_that_began_with_room_is_not_told(shelf: Shelf) -> None:
    begun = shelf.folder / "begun.json"
    storage(shelf, budget=1000 * KB, begun=begun).round(NOW)
    names = [shelf.add((3 + n) * HOUR, clip=600 * KB) for n in range(2)]
    storage(shelf, budget=1000 * KB, begun=begun).round(NOW)
    assert pruned(shelf, names) == 1


def test_a_brim_that_cannot_wait_a_day_takes_what_it_must(shelf: Shelf, clips: Trying) -> None:
    names = [shelf.add((3 + n) * HOUR, clip=10 * KB) for n in range(50)]
    clips.space_is = Space(1_000 * KB, 0)
    state = storage(shelf, floor=20, begun=shelf.folder / "begun.json").round(NOW)
    assert (pruned(shelf, names), state.lacking) == (2, 190 * KB)


def test_clips_keep_a_share_of_a_disk_that_others_fill(
    shelf: Shelf, clips: Trying, caplog: pytest.LogCaptureFixture
) -> None:
    names = [shelf.add((3 + n) * HOUR, clip=10 * KB) for n in range(15)]
    clips.space_is = Space(1_000 * KB, 50 * KB)
    keeper = storage(shelf, floor=20)
    for hours in range(4):
        state = keeper.round(NOW + hours * HOUR)
    assert (state.used, state.budget) == (100 * KB, 100 * KB)
    assert caplog.text.count("other files than clips fill the disk") == 1
    clips.space_is = Space(1_000 * KB, 5 * KB)
    keeper.round(NOW + 5 * HOUR)
    assert pruned(shelf, names) == 7, "at the brim as much as nothing can go on without"


def test_pinned_clips_wait_for_a_clock_that_is_sure(shelf: Shelf) -> None:
    name = shelf.add(3 * DAY, clip=2000 * KB, pinned=True)
    keeper = storage(shelf, budget=1000 * KB)
    for years in (0, 1, 2):
        assert keeper.round(NOW + years * 365 * DAY, sure=False).lacking > 0
    keeper.round(NOW + 3 * 365 * DAY, sure=False)
    keeper.round(NOW)
    assert shelf.says(name)[0] == CLIP_STORED
    keeper.round(NOW + WARNED)
    assert shelf.says(name)[0] == CLIP_PRUNED


def test_a_budget_of_the_moment_takes_no_pinned_clip_and_tells_no_alert(shelf: Shelf) -> None:
    name = shelf.add(3 * DAY, clip=2000 * KB, pinned=True)
    keeper = storage(shelf, budget=1500 * KB)
    keeper.round(NOW)
    generous = storage(shelf, budget=5000 * KB)
    generous.look(NOW)
    assert generous.make_room(NOW + 3 * DAY, budget=1000 * KB).lacking > 0
    assert shelf.says(name)[0] == CLIP_STORED
    [point] = shelf.store.latest(VOLUME.name, ALL_TIME)
    assert point.fields["lacking"] == 0
