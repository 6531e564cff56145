"""A correction holds, whatever writes its event again and whenever the process that made it dies."""

import itertools
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGKILL
from zoneinfo import ZoneInfo

import pytest

from influx import points
from influx.config import Retention
from influx.corrections import Corrections, Said, first_said, known, newest, points_of, said_by
from influx.embedded import EmbeddedStore
from influx.points import FieldValue, Point
from influx.schema import CORRECTION, LATE_WINDOW, PET_EVENT, ROLLUPS
from influx.store import RowQuery, Store
from influx.upkeep import Upkeep
from influx.windows import ALL_TIME, Window

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
UTC_ZONE = ZoneInfo("UTC")
MISO = Said("miso", "playing")
AS_WRITTEN = Said("unknown", "passing")


_hours = itertools.count()


@pytest.fixture
def start() -> datetime:
    """When the event of this test began: about three days ago, each test in an hour of its own."""
    day = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 4 * DAY
    return day + HOUR * (next(_hours) % 48) + timedelta(milliseconds=123)


def event(start: datetime, *, said: Said = AS_WRITTEN, track: int = 7, **more: FieldValue) -> Point:
    stamp = f"{start:%Y%m%dT%H%M%S}{start.microsecond // 1000:03d}Z"
    fields: Mapping[str, FieldValue] = {
        "event_id": f"cage-{stamp}-{track}",
        "duration": 4.0,
        "confidence": 0.5,
        "clip": f"cage/{track}.mp4",
        "clip_state": "waiting",
        "snapshot": "",
        "evidence": '{"speed": 1.5}',
        "revision": 0,
        **more,
    }
    tags = {"camera": "cage", "location": "hutch", "pet": said.pet, "event_type": said.event_type}
    return points.make(PET_EVENT, tags, fields, start)


def write(store: Store, *made: Point) -> None:
    for point in made:
        store.write(point.measurement, [points.line(point)])


def there(store: Store, seen: Point) -> tuple[Point, ...]:
    return points_of(store, "cage", str(seen.fields["event_id"]), seen.time)


def counted(store: Store, seen: Point) -> dict[str, float | int | str | bool]:
    """How many events the rollup of the event's quarter hour counts, by pet."""
    window = Window(seen.time - 15 * MINUTE, seen.time + 15 * MINUTE)
    page = store.rows(RowQuery(ROLLUPS[PET_EVENT.name][0].name, window))
    return {point.tags["pet"]: point.fields["duration_count"] for point in page.points}


def upkeep(store: Store) -> Upkeep:
    kept = Upkeep(store, Retention(), UTC_ZONE)
    kept.tick(datetime.now(UTC))
    return kept


def test_an_event_moves_to_its_new_pet_and_is_counted_there(store: Store, start: datetime) -> None:
    seen, now = event(start), datetime.now(UTC)
    write(store, seen)
    store.roll_up(PET_EVENT.name, Window(start, start + MINUTE), UTC_ZONE)
    assert counted(store, seen) == {"unknown": 1}
    corrected = Corrections(store, "pi").correct(seen, MISO, person="ann", now=now)
    assert there(store, seen) == (corrected,)
    assert said_by(corrected) == MISO
    assert first_said(corrected) == AS_WRITTEN
    assert corrected.fields["revision"] == 1
    assert {**corrected.fields, "revision": 0, "evidence": ""} == {**seen.fields, "evidence": ""}
    kept = upkeep(store)
    kept.tick(now + 2 * MINUTE)
    assert counted(store, seen) == {"miso": 1}


def test_the_same_correction_again_changes_nothing_and_undoing_leaves_no_trace(
    store: Store, start: datetime
) -> None:
    seen, now, corrections = event(start), datetime.now(UTC), Corrections(store, "pi")
    write(store, seen)
    once = corrections.correct(seen, MISO, person="ann", now=now)
    assert corrections.correct(once, MISO, person="ann", now=now) == once
    assert corrections.correct(seen, MISO, person="ann", now=now) == once
    back = corrections.correct(once, AS_WRITTEN, person="ann", now=now)
    assert there(store, seen) == (back,)
    assert back == replace(seen, fields={**seen.fields, "revision": 2})
    assert first_said(back) is None


def test_a_clip_that_is_stored_after_the_correction_keeps_the_pet(store: Store, start: datetime) -> None:
    seen, now, corrections = event(start), datetime.now(UTC), Corrections(store, "pi")
    write(store, seen)
    corrections.correct(seen, MISO, person="ann", now=now)
    write(store, event(start, clip_state="stored", snapshot="cage/7.jpg"))
    shown = newest(there(store, seen))
    assert shown is not None
    assert (shown.tags["pet"], shown.fields["clip_state"]) == ("miso", "stored"), "until it is upheld"
    assert corrections.uphold(Window(start - HOUR, start + HOUR), now) == 1
    [left] = there(store, seen)
    assert said_by(left) == MISO
    assert (left.fields["clip_state"], left.fields["snapshot"]) == ("stored", "cage/7.jpg")
    assert left.fields["revision"] == 1
    assert corrections.uphold(Window(start - HOUR, start + HOUR), now) == 0


@pytest.mark.parametrize("newer", [Said("nori", "sitting"), AS_WRITTEN], ids=["again", "undone"])
def test_an_old_copy_changes_nothing_of_a_later_correction(
    store: Store, start: datetime, newer: Said
) -> None:
    seen, now, corrections = event(start), datetime.now(UTC), Corrections(store, "pi")
    write(store, seen)
    once = corrections.correct(seen, MISO, person="ann", now=now)
    twice = corrections.correct(once, newer, person="ann", now=now)
    pruned = replace(twice, fields={**twice.fields, "clip_state": "pruned"})
    write(store, pruned, seen, once)
    corrections.uphold(Window(start - HOUR, start + HOUR), now)
    [left] = there(store, seen)
    assert (said_by(left), left.fields["revision"]) == (newer, 2)
    assert newer == AS_WRITTEN or left.fields["clip_state"] == "pruned"


def test_a_copy_that_a_node_delivers_days_later_goes_with_the_next_upkeep(
    store: Store, start: datetime
) -> None:
    seen, now = event(start), datetime.now(UTC)
    write(store, seen)
    Corrections(store, "pi").correct(seen, MISO, person="ann", now=now)
    kept = upkeep(store)
    write(store, event(start, clip_state="stored"))
    tags, stop = {"node": "late", "measurement": PET_EVENT.name}, start + MINUTE
    report = {"start": start.isoformat(), "stop": stop.isoformat()}
    write(store, points.make(LATE_WINDOW, tags, {**report, "rolled_up": False}, now))
    kept.tick(now + 2 * MINUTE)
    assert [said_by(point) for point in there(store, seen)] == [MISO]
    kept.tick(now + 4 * MINUTE)
    assert counted(store, seen) == {"miso": 1}


def test_two_events_of_one_moment_are_corrected_apart(store: Store, start: datetime) -> None:
    first, second = event(start, track=1), event(start, said=Said("unknown", "playing"), track=2)
    now, corrections = datetime.now(UTC), Corrections(store, "pi")
    write(store, first, second)
    corrections.correct(first, MISO, person="ann", now=now)
    corrections.correct(second, Said("nori", "playing"), person="ann", now=now)
    window = Window(start - MINUTE, start + MINUTE)
    assert {one.fields["pet"] for one in known(store, window)} == {"miso", "nori"}
    assert corrections.uphold(window, now) == 0
    assert [said_by(point).pet for one in (first, second) for point in there(store, one)] == ["miso", "nori"]


_DIES = """
import os, signal, sys
from pathlib import Path
from tests.influx.test_corrections import *

class Deadly:
    def __init__(self, store): self._store = store
    def __getattr__(self, name): return getattr(self._store, name)
    def write(self, measurement, lines):
        if measurement == sys.argv[2]: os.kill(os.getpid(), signal.SIGKILL)
        self._store.write(measurement, lines)
    def delete(self, *rest):
        os.kill(os.getpid(), signal.SIGKILL)

seen = event(datetime.fromisoformat(sys.argv[3]))
store = Deadly(EmbeddedStore(Path(sys.argv[1])))
Corrections(store, "pi").correct(seen, MISO, person="ann", now=datetime.now(UTC))
"""


@pytest.mark.parametrize(
    ("killed_at", "wanted"),
    [(LATE_WINDOW.name, AS_WRITTEN), (CORRECTION.name, AS_WRITTEN), (PET_EVENT.name, MISO), ("delete", MISO)],
)
def test_killed_in_the_middle_it_is_done_wholly_or_not_at_all(
    tmp_path: Path, killed_at: str, wanted: Said
) -> None:
    file = tmp_path / "points.sqlite"
    now = datetime.now(UTC)
    seen = event(now.replace(microsecond=123_000) - DAY)
    store = EmbeddedStore(file)
    write(store, seen)
    child = subprocess.run([sys.executable, "-c", _DIES, file, killed_at, seen.time.isoformat()], check=False)
    assert child.returncode == -SIGKILL
    assert len(there(store, seen)) == (2 if killed_at == "delete" else 1), "it died elsewhere"
    Upkeep(store, Retention(), UTC_ZONE).tick(datetime.now(UTC) + MINUTE)
    [left] = there(store, seen)
    assert said_by(left) == wanted
    store.close()


def test_a_correction_whose_event_is_gone_brings_nothing_back(store: Store, start: datetime) -> None:
    seen, now, corrections = event(start), datetime.now(UTC), Corrections(store, "pi")
    write(store, seen)
    corrected = corrections.correct(seen, MISO, person="ann", now=now)
    store.delete(PET_EVENT.name, corrected.tags, corrected.time_ns)
    assert corrections.uphold(ALL_TIME, now) >= 0
    assert there(store, seen) == ()
