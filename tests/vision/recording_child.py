"""A camera process without a camera, for the tests to kill: records events from a file as fast as it can.

``python -m tests.vision.recording_child DATA_DIR VIDEO FIRST`` says on stdout what it has done.
"""

import itertools
import sys
from pathlib import Path

import av
import numpy as np

from tests.vision.home import home
from tests.vision.sources import START, event, packets
from vision.config import CameraSection, RecorderSection
from vision.episodes import Change, Closed, Extended, Opened
from vision.keeping import Keeping
from vision.recorder import Recorder

LENGTH = 20.0
"""Seconds of the video; each playing has two events that overlap."""


def say(*words: object) -> None:
    print(*words, flush=True)


def play(recorder: Recorder, source: Path, first: float) -> None:
    frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 90, np.uint8), format="rgb24")
    plan: dict[int, list[Change]] = {}
    for track, (start, end) in enumerate([(6.0, 11.0), (8.0, 9.5)]):
        for tenth in range(round((end - start) * 10)):
            plan.setdefault(round(start * 10) + tenth, []).append(
                (Extended if tenth else Opened)(event(first + start, first + start + tenth / 10, track=track))
            )
        plan.setdefault(round(end * 10), []).append(Closed(event(first + start, first + end, track=track)))
    for number, timed in enumerate(packets(source, START + first)):
        recorder.add(timed)
        say("packet", timed.time)
        for change in plan.get(number, ()):
            recorder.change(change)
            recorder.look(frame, 0.1)
            say(type(change).__name__, change.event.id)
    say("unrecorded", recorder.unrecorded)


def main() -> None:
    data_dir, source, first = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    say("begins")
    with home(data_dir) as made:
        camera = CameraSection(kind="file", name="cage", location="room")
        keeping = Keeping(camera, RecorderSection(pre_roll=2, post_roll=2), data_dir, made.spool, made.clips)
        for playing in itertools.count():
            with av.open(str(source)) as container:
                keeping.recorder.start(container.streams.video[0])
            play(keeping.recorder, source, first + playing * LENGTH)


if __name__ == "__main__":
    main()
