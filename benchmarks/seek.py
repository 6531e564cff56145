"""Seeking in a clip of five minutes in Chromium, from a folder and from S3: until the picture is there.

The clip is 720p of 3 Mbit/s with a whole picture every two seconds, and is served by an API process as
``hutch run`` starts it, which reads it from a folder, from MinIO or from SeaweedFS. A video on a page of that
API opens the clip's address; then ``currentTime`` is set to moments all over the clip, and what is measured
is the time until the event ``seeked``, at which the picture is there. Each round is a new page with an empty
cache. Needs Chromium and ``python scripts/servers.py minio weed``.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
from playwright.sync_api import Browser
from rich.console import Console
from rich.progress import track

from benchmarks._ground import api, percentile, tell
from influx.embedded import EmbeddedStore
from influx.points import line
from tests.browser import chromium
from tests.daemon import HOST
from tests.servers import S3Server, minio, seaweedfs
from vision.config import ClipsSection
from vision.connect import ACCESS_KEY, SECRET_KEY, connect
from vision.events import CLIP_STORED, Event

BAR_MS = 200.0
"""What a seek may take at the median."""
FPS, SIZE, GROUP_SECONDS = 15, (1280, 720), 2
SEEK = """([clip, moments]) => new Promise((done, failed) => {
    const video = document.createElement("video");
    video.muted = true;
    video.preload = "metadata";
    document.body.replaceChildren(video);
    video.onerror = () => failed(new Error(video.error.message));
    const taken = [];
    let started = 0;
    const next = () => {
        if (!moments.length) return done(taken);
        started = performance.now();
        video.currentTime = moments.shift();
    };
    video.onloadeddata = next;
    video.onseeked = () => {
        taken.push(performance.now() - started);
        next();
    };
    video.src = clip;
})"""
"""Seek to moments in seconds, one after the other; how many ms each took."""


def make_clip(path: Path, seconds: int, console: Console) -> Path:
    """A clip of a noisy room with a square that wanders, its index first."""
    noise = np.random.default_rng(3).integers(0, 12, (SIZE[1] + 64, SIZE[0] + 64, 3), np.uint8)
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        group = {"g": str(FPS * GROUP_SECONDS), "preset": "ultrafast", "tune": "zerolatency"}
        stream = container.add_stream("libx264", rate=FPS, options=group)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.bit_rate = 3_000_000
        for number in track(range(seconds * FPS), "encoding", console=console, transient=True):
            shift = number * 7 % 64
            picture = 90 + noise[shift : shift + SIZE[1], shift // 2 : shift // 2 + SIZE[0]]
            x = number * 5 % (SIZE[0] - 120)
            picture[300:420, x : x + 120] = (200, 180, 160)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


@contextmanager
def serving(folder: Path, clip: Path, s3: S3Server | None) -> Iterator[str]:
    """An API with the clip, in a folder or in ``s3``; the clip's address."""
    (folder / "data").mkdir(parents=True)
    section, keys, config = ClipsSection(), dict[str, str](), ""
    if s3 is not None:
        section = ClipsSection(store="s3", endpoint=s3.endpoint, secure=False)
        keys = {ACCESS_KEY: s3.access_key, SECRET_KEY: s3.secret_key}
        config = f'[vision.clips]\nstore = "s3"\nendpoint = "{s3.endpoint}"\nsecure = false\n'
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    key = f"cage/{start:%Y/%m/%d}/clip.mp4"
    event = Event("cage", "room", 1, "playing", start, start, "miso", clip=key, clip_state=CLIP_STORED)
    os.environ.update(keys)
    with (
        closing(EmbeddedStore(folder / "data" / "points.sqlite")) as store,
        closing(connect(section, folder / "data")) as clips,
    ):
        clips.put(key, clip)
        store.write("pet_event", [line(event.point())])
    with api(folder, more=config) as (port, _):
        yield f"http://{HOST}:{port}/clips/{event.id}"


def seeks(browser: Browser, address: str, seconds: int, chance: random.Random) -> list[float]:
    """How many ms each of eight seeks took, on a new page."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address.partition('/clips/')[0]}/health")
        moments = [round(chance.uniform(1, seconds - 5), 2) for _ in range(8)]
        taken: list[float] = page.evaluate(SEEK, [address, moments])
        return taken


def main() -> int:
    """Make a clip, serve it from everywhere, seek by turns; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--quick", action="store_true", help="half a minute of clip, two rounds")
    options = parser.parse_args()
    seconds, rounds = (30, 2) if options.quick else (300, options.rounds)
    console, chance = Console(stderr=True), random.Random(4)
    taken: dict[str, list[float]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clip = make_clip(folder / "clip.mp4", seconds, console)
        print(f"{seconds} s, {clip.stat().st_size / 1e6:.0f} MB")
        servers: dict[str, S3Server | None] = {"a folder": None}
        for name, start in (("MinIO", minio), ("SeaweedFS", seaweedfs)):
            (folder / name).mkdir()
            servers[name] = stack.enter_context(start(folder / name))
        addresses = {
            name: stack.enter_context(serving(folder / f"of {name}", clip, server))
            for name, server in servers.items()
        }
        browser = stack.enter_context(chromium())
        for number in track(range(rounds + 1), "seeking", console=console, transient=True):
            for name, address in addresses.items():
                found = seeks(browser, address, seconds, chance)
                if number:  # the first round does not count
                    taken.setdefault(name, []).extend(found)
    for name, each in taken.items():
        print(f"{name:<12}p50 {statistics.median(each):6.0f} ms  p95 {percentile(each, 95):6.0f} ms")
    met = [
        tell(f"a seek, from {name}, p50", statistics.median(each), BAR_MS, "ms")
        for name, each in taken.items()
    ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
