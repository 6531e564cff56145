"""From the end of the post-roll until the clip is ready: stored, said so by its event's point, and playing.

Pictures of 720p at 15 a second and 3 Mbit/s go to the recorder of a camera as it is configured by default;
events last 10 s, a minute and ten minutes. The clock starts when the last picture of the post-roll is taken,
and stops when the clip is in the store of clips, a folder or MinIO, and its point says so; that it plays is
looked at then. Needs ``python scripts/servers.py minio``.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import av
from rich.console import Console

from benchmarks._ground import tell
from benchmarks.seek import FPS, make_clip
from tests.servers import minio
from tests.vision.home import Home, home
from tests.vision.sources import START, event, packets
from vision.clips import ClipMissing, Clips, clip_key
from vision.config import CameraSection, RecorderSection
from vision.episodes import Closed, Opened
from vision.events import CLIP_STORED
from vision.keeping import Keeping
from vision.s3 import S3Clips
from vision.stream import TimedPacket

BAR_S = 1.0
"""What a clip may take to be ready."""
LENGTHS = (10, 60, 600)
_PATIENCE = 60.0


def endless(source: Path, seconds: int) -> Iterator[TimedPacket]:
    """The pictures of ``source`` again and again, as of a camera that runs."""
    turn = 0
    while True:
        yield from packets(source, START + turn * seconds)
        turn += 1


def ready(cage: Home, source: Path, seconds: int, length: int, track: int) -> float:
    """How many seconds the clip of one event took to be ready."""
    config = RecorderSection()
    post_roll = config.post_roll.total_seconds()
    happened = event(10, 10 + length, track=track, event_type="playing")
    camera = CameraSection(kind="file", name="cage", location="room")
    with closing(Keeping(camera, config, cage.data_dir, cage.spool, cage.clips)) as keeping:
        recorder = keeping.recorder
        with av.open(str(source)) as container:
            recorder.start(container.streams.video[0])
        last = happened.end.timestamp() + post_roll
        told = 0
        for timed in endless(source, seconds):
            began = time.perf_counter()
            recorder.add(timed)
            if told == 0 and timed.time >= happened.start.timestamp() + 1:
                recorder.change(Opened(replace(happened, end=happened.start + timedelta(seconds=1))))
                told = 1
            elif told == 1 and timed.time >= happened.end.timestamp():
                recorder.change(Closed(happened))
                told = 2
            if timed.time >= last:
                break
        taken = wait_until_ready(cage, clip_key(happened.id)) - began
        check(cage, clip_key(happened.id), round((length + post_roll) * FPS))
        return taken


def wait_until_ready(cage: Home, key: str) -> float:
    """Wait until the clip under ``key`` is stored and its event says so; when that was."""
    deadline = time.perf_counter() + _PATIENCE
    while time.perf_counter() < deadline:
        try:
            cage.clips.stat(key)
        except ClipMissing:
            time.sleep(0.002)
            continue
        if any(fields["clip_state"] == CLIP_STORED for fields in cage.events().values()):
            return time.perf_counter()
    raise SystemExit(f"the clip is not ready after {_PATIENCE:.0f} s")


def check(cage: Home, key: str, pictures: int) -> None:
    """The clip under ``key`` plays, and has so many pictures at least."""
    fetched = cage.data_dir / "fetched.mp4"
    fetched.write_bytes(b"".join(cage.clips.read(key)))
    with av.open(str(fetched)) as clip:
        assert clip.streams.video[0].frames >= pictures, "a part of it is missing"
        next(clip.decode(video=0))


def main() -> int:
    """Record, wait, print; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="two rounds, and no event of ten minutes")
    options = parser.parse_args()
    rounds, lengths = (2, LENGTHS[:2]) if options.quick else (options.rounds, LENGTHS)
    taken: dict[tuple[str, int], list[float]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        source = make_clip(folder / "source.mp4", 20, Console(stderr=True))
        print(f"{source.stat().st_size * 8 / 20 / 1e6:.1f} Mbit/s")
        (folder / "minio").mkdir()
        server = stack.enter_context(minio(folder / "minio"))
        s3 = S3Clips(server.endpoint, "clips", server.access_key, server.secret_key, secure=False)
        stores: dict[str, Clips | None] = {"a folder": None, "MinIO": stack.enter_context(closing(s3))}
        for number in range(rounds + 1):
            for name, clips in stores.items():
                for index, length in enumerate(lengths):
                    here = folder / f"{name}-{length}-{number}"
                    here.mkdir()
                    with home(here, clips) as cage:
                        seconds = ready(cage, source, 20, length, 1 + 10 * number + index)
                    if number:  # the first round does not count
                        taken.setdefault((name, length), []).append(seconds)
    met = []
    for (name, length), each in taken.items():
        print(f"{name:<10}{length:>4} s  p50 {statistics.median(each):6.3f} s  max {max(each):6.3f} s")
        if name == "a folder" or length < LENGTHS[-1]:  # 225 MB to a bucket are the network's affair
            met.append(tell(f"ready, {name}, an event of {length} s, worst", max(each), BAR_S, "s"))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
