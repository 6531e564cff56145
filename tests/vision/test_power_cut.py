"""Power cuts at any moment of a camera process: what was finished plays, what was open is repaired."""

import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.power import Power
from tests.vision.home import Fields, Home, home
from tests.vision.recording_child import LENGTH
from tests.vision.sources import payloads, pictures, video
from vision.events import CLIP_LOST, CLIP_STORED, start_of
from vision.recovery import recover

ROOT = Path(__file__).parents[2]
PRE_ROLL = POST_ROLL = 2.0
"""As the child records."""
PICTURE = 0.1
AT_RISK = 1.0 + 1.5 * PICTURE
"""Seconds that a power cut may cost, and the picture that is written when the next has come."""


@dataclass
class Expected:
    """What a child said of its events: each with the second of the last picture it had when it was cut off.

    ``closed`` are those it said were over.
    """

    until: dict[str, float] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def note(self, said: list[list[str]]) -> None:
        last = max((float(words[1]) for words in said if words[0] == "packet"), default=math.nan)
        for words in said:
            if words[0] in ("Opened", "Extended", "Closed"):
                self.until[words[1]] = last
            if words[0] == "Closed":
                self.closed.add(words[1])


def run_and_cut(
    power: Power, live: Path, source: Path, first: float, chance: random.Random
) -> list[list[str]]:
    """What the child said before its whole process group was killed, sooner or later."""
    command = [sys.executable, "-m", "tests.vision.recording_child", live, source, str(first)]
    with subprocess.Popen(
        list(map(str, command)),
        cwd=ROOT,
        env=power.environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        if chance.random() < 0.75:
            said.append(process.stdout.readline())  # it has recovered, and has its first picture
        time.sleep(chance.uniform(0, 0.5))  # the moment of the cut; nothing waits for it
        os.killpg(process.pid, signal.SIGKILL)
        rest, _ = process.communicate()
    *whole, torn = ("".join(said) + rest).split("\n")
    del torn
    return [line.split() for line in whole]


def check_clip(cage: Home, event_id: str, fields: Fields, expected: Expected) -> None:
    clip = cage.data_dir / "clips" / str(fields["clip"])
    shown = pictures(clip)
    assert shown == len(payloads(clip)), f"{event_id}: a picture of its clip cannot be shown"
    until = expected.until.get(event_id)
    if until is None:  # cut before the child could say so
        return
    start = start_of(event_id).timestamp()
    end = start + float(str(fields["duration"]))
    first = math.floor(start - PRE_ROLL)  # every second begins with a keyframe
    wanted = min(until, end + POST_ROLL) if event_id in expected.closed else until
    if not cage.evidence(event_id).get("repaired"):
        wanted = end + POST_ROLL
    assert first + shown * PICTURE >= wanted - AT_RISK, (
        f"{event_id}: {shown} pictures, cut at {until - start}"
    )
    if event_id not in expected.closed:
        assert end >= until - AT_RISK, f"{event_id} ends at {end - start}, cut at {until - start}"


@pytest.mark.timeout(3600)
def test_after_a_power_cut_finished_clips_play_and_open_ones_are_repaired(
    shim: Path, tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    source = video(tmp_path / "source.mp4", LENGTH)
    live, expected = tmp_path / "live", Expected()
    live.mkdir()
    for number in range(rounds):
        power = Power(shim, live, tmp_path / "kept")
        expected.note(run_and_cut(power, live, source, number * 100_000.0, chance))
        power.cut(tmp_path / "left")
        shutil.rmtree(live)
        shutil.rmtree(tmp_path / "kept")
        (tmp_path / "left").rename(live)
    with home(live) as cage:
        recover(cage.recordings, cage.outbox, "room")
        cage.store_all()
        events = cage.events()
        assert set(expected.until) <= set(events), "events are missing"
        assert expected.until, "no event was ever opened"
        for event_id, fields in events.items():
            if fields["clip_state"] == CLIP_LOST:
                lasted = expected.until.get(event_id, -math.inf) - start_of(event_id).timestamp()
                assert lasted <= AT_RISK, f"{event_id} went on for {lasted:.1f} s, and has no clip"
                continue
            assert fields["clip_state"] == CLIP_STORED, f"{event_id}: {fields}"
            check_clip(cage, event_id, fields, expected)
        keys = {
            str(fields[name]) for fields in events.values() for name in ("clip", "snapshot") if fields[name]
        }
        assert {info.key for info in cage.clips.list()} == keys, "clips and points disagree"
        assert cage.leftovers() == []
