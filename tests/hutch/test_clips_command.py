"""``hutch clips`` as a user runs it, over the embedded store and a folder."""

import json
import os
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from influx import pins
from influx.embedded import EmbeddedStore
from influx.schema import VOLUME
from influx.windows import ALL_TIME
from tests.hutch.test_commands import hutch, one_sentence
from tests.vision.shelf import KB, Shelf
from vision.clips import DirectoryClips, clip_key, snapshot_key
from vision.events import CLIP_PRUNED, CLIP_STORED

HOUR = timedelta(hours=1)
CONFIG = """node = 'pi'
data_dir = 'data'
[[locations]]
name = 'hutch'
[[vision.cameras]]
kind = 'scripted'
name = 'cage'
location = 'hutch'
[vision.clips]
floor = 0
budget = '10 MB'
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Shelf]:
    (tmp_path / "hutch.toml").write_text(CONFIG)
    data = tmp_path / "data"
    data.mkdir()
    with closing(EmbeddedStore(data / "points.sqlite")) as store:
        yield Shelf(store, DirectoryClips(data / "clips"), tmp_path)


def told(home: Shelf, *arguments: str) -> list[str]:
    ended = hutch("clips", *arguments, cwd=home.folder)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def test_clips_are_listed_in_the_order_in_which_they_would_go(home: Shelf) -> None:
    pinned = home.add(9 * HOUR, clip=KB, pinned=True)
    known = home.add(8 * HOUR, clip=2 * KB, snapshot=KB, pet="miso")
    unknown = home.add(7 * HOUR, clip=KB, camera="attic")
    listed = [json.loads(line) for line in told(home, "list", "--json")]
    assert [one["event_id"] for one in listed] == [unknown, known, pinned]
    assert [one["worth"] for one in listed] == ["unknown pet", "known pet", "pinned"]
    assert listed[1] == {
        "event_id": known,
        "worth": "known pet",
        "pinned": False,
        "clip": 2 * KB,
        "snapshot": KB,
    }
    assert [json.loads(line)["event_id"] for line in told(home, "list", "--json", "--pinned")] == [pinned]
    [attic] = [json.loads(line) for line in told(home, "list", "--json", "--camera", "attic")]
    assert attic["event_id"] == unknown
    shown = told(home, "list", "--limit", "1")
    assert shown[-1] == "and 2 more; --limit shows them"
    assert any(unknown in line and "unknown pet" in line for line in shown)


def test_what_takes_room_is_told(home: Shelf) -> None:
    home.add(9 * HOUR, clip=3 * KB, snapshot=KB)
    home.add(8 * HOUR, clip=4 * KB)
    home.put("music/summer.mp4", KB)
    *groups, total = [json.loads(line) for line in told(home, "du", "--json")]
    assert groups == [
        {"camera": "cage", "worth": "unknown pet", "events": 2, "clips": 7 * KB, "snapshots": KB}
    ]
    assert (total["used"], total["other"], total["budget"]) == (9 * KB, KB, 10_000 * KB)
    assert told(home, "du")[-1].startswith("9.0KB are used, 1.0KB of them by other files; clips may take 10")


def test_a_pin_holds_until_it_is_taken_back(home: Shelf) -> None:
    first, second = (home.add(age * HOUR, clip=KB) for age in (9, 8))
    assert told(home, "pin", first, second) == [f"{first} is pinned", f"{second} is pinned"]
    assert pins.pinned(home.store).keys() == {first, second}
    assert told(home, "unpin", first) == [f"{first} is not pinned any more"]
    assert pins.pinned(home.store).keys() == {second}


@pytest.mark.parametrize("name", ["cage-20260101T000000000Z-1", "nonsense", "a-99999999T999999999Z-1"])
def test_what_is_no_event_cannot_be_pinned(home: Shelf, name: str) -> None:
    sentence = one_sentence(hutch("clips", "pin", name, cwd=home.folder))
    assert sentence == f"hutch: there is no event '{name}'; `hutch clips list` lists them"


def test_pruning_makes_the_room_that_is_asked_for(home: Shelf) -> None:
    pinned = home.add(20 * HOUR, clip=1000 * KB, pinned=True)
    names = [home.add((9 - n) * HOUR, clip=1000 * KB, snapshot=KB) for n in range(3)]
    would = told(home, "prune", "--budget", "2.5 MB", "--dry-run")
    assert would == [
        f"{names[0]}.mp4  unknown pet  1.0MB",
        f"{names[1]}.mp4  unknown pet  1.0MB",
        "would delete 2 files and free 2.0MB",
    ]
    assert len(home.there()) == 7, "a dry run deletes nothing"
    [last] = told(home, "prune", "--budget", "2.5 MB")
    assert last.startswith("deleted 2 files; 2.0MB are used; clips may take 2.5MB")
    assert [home.says(name)[0] for name in (*names, pinned)] == [
        CLIP_PRUNED,
        CLIP_PRUNED,
        CLIP_STORED,
        CLIP_STORED,
    ]
    home.agree()
    [volume] = home.store.latest(VOLUME.name, ALL_TIME)
    assert volume.fields["used"] == home.size()


def test_pruning_mends_what_does_not_agree_and_leaves_pinned_ones(home: Shelf) -> None:
    pinned = home.add(20 * HOUR, clip=1000 * KB, snapshot=KB, pinned=True)
    gone = home.add(9 * HOUR, clip=KB)
    home.clips.delete(clip_key(gone))
    lines = told(home, "prune", "--budget", "1000000")
    assert lines[-1].endswith("more are wanted; the rest is pinned, or the database is in doubt")
    assert home.there() == {clip_key(pinned), snapshot_key(pinned)}
    home.agree()


def test_what_is_no_budget_is_refused(home: Shelf) -> None:
    sentence = one_sentence(hutch("clips", "prune", "--budget", "much", cwd=home.folder))
    assert sentence == "hutch: --budget 'much' is no number of bytes; write one like `10 GB`"
    (home.folder / "hutch.toml").write_text(CONFIG.replace("10 MB", "much"))
    assert "[vision.clips] budget" in one_sentence(hutch("clips", "du", cwd=home.folder))


def test_the_budget_may_be_a_number(home: Shelf) -> None:
    text = CONFIG.replace("'10 MB'", "2_000_000")
    assert tomllib.loads(text)["vision"]["clips"]["budget"] == 2_000_000
    (home.folder / "hutch.toml").write_text(text)
    assert json.loads(told(home, "du", "--json")[-1])["budget"] == 2_000_000


def test_clips_without_events_go_at_once_when_somebody_says_so(home: Shelf) -> None:
    named = home.add(40 * HOUR, clip=KB)
    orphans = [home.add((50 + n) * HOUR, clip=KB, told=False) for n in range(30)]
    for name in orphans:
        old = time.time() - 48 * 3600
        os.utime(home.folder / "data" / "clips" / clip_key(name), (old, old))
    told(home, "prune")
    assert len(home.there()) == 31
    told(home, "prune", "--orphans")
    assert home.there() == {clip_key(named)}
