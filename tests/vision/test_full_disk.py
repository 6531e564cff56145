"""A disk that is filled to the brim while a camera records: it goes on, and what is missing says so."""

import os
from pathlib import Path

import pytest

from tests.children import Child
from tests.faults.small_disk import SmallDisk, small_disk
from tests.vision.home import Fields, Home, home
from tests.vision.recording_child import LENGTH
from tests.vision.sources import payloads, pictures, video
from vision.events import CLIP_LOST, CLIP_NONE, CLIP_STORED, NO_CLIP
from vision.recovery import recover

BYTES = 24_000_000
TURNS = 2


def recording(disk: SmallDisk, source: Path, log: Path, first: float) -> Child:
    return Child(
        "-m",
        "tests.vision.recording_child",
        disk.folder,
        source,
        first,
        log=log,
        environment=dict(os.environ),
        within=disk.within,
    )


def more(child: Child, count: int) -> None:
    """Wait until so many more events are over."""
    child.wait_until_printed(len(child.told("Closed ")) + count, "Closed ")


@pytest.mark.timeout(600)
def test_a_disk_filled_to_the_brim_costs_clips_and_no_event(tmp_path: Path) -> None:
    source = video(tmp_path / "source.mp4", LENGTH)
    phases: list[list[str]] = []
    with small_disk(tmp_path / "disk", BYTES) as disk:
        with recording(disk, source, tmp_path / "log", 0.0) as child:
            more(child, 4)
            for _ in range(TURNS):
                phases.append(child.told("Closed "))
                disk.fill()
                more(child, 12)
                phases.append(child.told("Closed "))
                disk.make_room()
                more(child, 6)
            phases.append(child.told("Closed "))
            unrecorded = int(child.told("unrecorded ")[-1])
            child.kill()
        disk.copy(tmp_path / "left")
    with home(tmp_path / "left") as cage:
        recover(cage.recordings, cage.outbox, "room")
        cage.store_all()
        events = cage.events()
        seen = set(phases[-1])
        missing = seen - set(events)
        assert not missing, f"{len(missing)} of {len(seen)} events are nowhere"
        assert unrecorded > 0, "the disk was never full"
        told = [check(cage, event_id, events[event_id]) for event_id in sorted(seen)]
        assert told.count(False) <= unrecorded, "more is missing than was counted"
        for full, again in zip(phases[1::2], phases[2::2], strict=True):
            late = list(dict.fromkeys(again))[len(full) :]
            assert all(events[event_id]["clip_state"] == CLIP_STORED for event_id in late[-2:]), late
        assert {info.key for info in cage.clips.list()} == {
            str(fields[name]) for fields in events.values() for name in ("clip", "snapshot") if fields[name]
        }
    log = (tmp_path / "log").read_text()
    assert 1 <= log.count("cannot be recorded") <= TURNS, f"it is told again and again:\n{log}"


def check(cage: Home, event_id: str, fields: Fields) -> bool:
    """Whether an event has its clip, which plays; where it has none it says why."""
    if fields["clip_state"] == CLIP_STORED:
        clip = cage.data_dir / "clips" / str(fields["clip"])
        assert pictures(clip) == len(payloads(clip)) > 0
        return True
    assert fields["clip_state"] in (CLIP_NONE, CLIP_LOST), f"{event_id}: {fields}"
    if fields["clip_state"] == CLIP_NONE:
        assert cage.evidence(event_id)[NO_CLIP] == "disk"
    return False
