"""Killed between any two steps, the next round of another process mends what is left."""

import random
import signal
import subprocess
import sys
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

from influx.config import Retention
from influx.embedded import EmbeddedStore
from tests.children import Child
from tests.vision.shelf import KB, NOW, Shelf, storage
from vision.clips import DirectoryClips, clip_key
from vision.events import CLIP_PRUNED, CLIP_STORED
from vision.storage import Storage

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KEPT_FOR = 300 * DAY

_DIES = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from tests.vision.test_storage_kill import *

left = int(sys.argv[2])

class Deadly:
    '''Dies after so many changes.'''
    def __init__(self, inner): self._inner = inner
    def __getattr__(self, name):
        found = getattr(self._inner, name)
        if name not in ("write", "delete"): return found
        def change(*arguments):
            global left
            if left == 0: os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return found(*arguments)
        return change

folder = Path(sys.argv[1])
store, clips = EmbeddedStore(folder / "points.sqlite"), DirectoryClips(folder / "clips")
print("begins", flush=True)
keeper(Shelf(Deadly(store), Deadly(clips), folder)).round(datetime.fromisoformat(sys.argv[3]))
"""


def keeper(shelf: Shelf) -> Storage:
    return storage(shelf, budget=3000 * KB, retention=Retention(events=KEPT_FOR))


def furnish(shelf: Shelf) -> dict[str, str]:
    """A home in which everything is to be done in one round."""
    made = {
        "expired": shelf.add(400 * DAY, clip=50 * KB, snapshot=KB, pinned=True),
        "unknown": shelf.add(5 * DAY, clip=1000 * KB, snapshot=KB),
        "known": shelf.add(6 * DAY, clip=1000 * KB, snapshot=KB, pet="miso"),
        "known too": shelf.add(4 * DAY, clip=1000 * KB, pet="miso"),
        "pinned": shelf.add(7 * DAY, clip=1000 * KB, snapshot=KB, pinned=True),
        "left": shelf.add(9 * DAY, clip=100 * KB, state=CLIP_PRUNED),
        "lost": shelf.add(8 * DAY, clip=100 * KB),
    }
    shelf.clips.delete(clip_key(made["lost"]))
    return made


def test_killed_after_any_change_the_next_round_mends_it(tmp_path: Path) -> None:
    kills = 0
    while True:
        folder = tmp_path / str(kills)
        folder.mkdir()
        with closing(EmbeddedStore(folder / "points.sqlite")) as store:
            shelf = Shelf(store, DirectoryClips(folder / "clips"), folder)
            made = furnish(shelf)
            child = subprocess.run(
                [sys.executable, "-c", _DIES, folder, str(kills), NOW.isoformat()],
                check=False,
                capture_output=True,
                text=True,
            )
            if child.returncode == 0:
                break
            assert child.returncode == -signal.SIGKILL, child.stderr
            no_dead_link(shelf, f"after {kills} changes", made)
            keeper(shelf).round(NOW)
            shelf.agree()
            assert shelf.size() <= 3000 * KB
            assert shelf.event(made["expired"]) is None
            assert shelf.says(made["pinned"])[0] == CLIP_STORED
            assert shelf.says(made["unknown"])[0] == CLIP_PRUNED
        kills += 1
    assert kills >= 9, "it died at too few places for this to be a test"


def no_dead_link(shelf: Shelf, when: str, made: dict[str, str]) -> None:
    """Whatever was done so far: what says that it can be watched can be."""
    there = shelf.there()
    for name, event_id in made.items():
        event = shelf.event(event_id)
        if name != "lost" and event is not None and event.fields["clip_state"] == CLIP_STORED:
            assert clip_key(event_id) in there, f"{name} has a dead link {when}"


def test_killed_at_any_moment_it_comes_to_the_same(
    tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    """By the clock and not by the change, with more clips than one batch."""
    with closing(EmbeddedStore(tmp_path / "points.sqlite")) as store:
        shelf = Shelf(store, DirectoryClips(tmp_path / "clips"), tmp_path)
        names = {str(n): shelf.add(DAY + n * HOUR, clip=100 * KB) for n in range(150)}
        for _ in range(rounds):
            with Child("-c", _DIES, tmp_path, -1, NOW.isoformat(), log=tmp_path / "log") as child:
                child.wait_until_printed(1, "begins")
                with suppress(subprocess.TimeoutExpired):
                    child.process.wait(timeout=chance.uniform(0, 0.3))
            no_dead_link(shelf, "when killed", names)
        keeper(shelf).round(NOW)
        shelf.agree()
        assert 2800 * KB < shelf.size() <= 3000 * KB
