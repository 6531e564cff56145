"""A stand-in for `rpicam-vid`: takes its options, paints instead of looking, and writes real H.264.

HUTCH_TEST_RPICAM says what befalls it: `no camera`, `dies N`, `hangs N`, `rubbish`, `starts another N`, each
after N pictures; HUTCH_TEST_PIDS names a file for the process ids.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import av
import numpy as np
from av.video.stream import VideoStream


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("codec", "output", "preview", "autofocus-mode"):
        parser.add_argument(f"--{name}")
    for name in ("inline", "flush", "nopreview", "low-latency", "hflip", "vflip"):
        parser.add_argument(f"--{name}", action="store_true")
    for name in (
        "timeout",
        "camera",
        "width",
        "height",
        "framerate",
        "intra",
        "bitrate",
        "rotation",
        "verbose",
    ):
        parser.add_argument(f"--{name}", type=int, default=0)
    given = parser.parse_args()
    assert given.codec == "h264"
    assert given.output == "-"
    assert given.inline, "no clip could begin in the middle"
    assert given.flush, "pictures would come in lumps"
    assert given.timeout == 0, "it would end after five seconds"
    return given


def note(pid: int) -> None:
    with Path(os.environ["HUTCH_TEST_PIDS"]).open("a") as pids:
        pids.write(f"{pid}\n")


def fail(sentence: str) -> NoReturn:
    print(f"ERROR: *** {sentence} ***", file=sys.stderr)
    sys.exit(255)


def main() -> None:
    given = options()
    what, _, count = os.environ.get("HUTCH_TEST_RPICAM", "").rpartition(" ")
    after = int(count) if count.isdigit() else 0
    what = what if count.isdigit() else f"{what} {count}".strip()
    note(os.getpid())
    print("[0:12:13.14] [99] INFO Camera camera_manager.cpp:330 libcamera v0.5.2", file=sys.stderr)
    if what == "no camera":
        fail("no cameras available")
    if what == "rubbish":
        while True:
            os.write(1, os.urandom(4096))
    with av.open("/dev/null", "w", format="null") as output:
        stream = output.add_stream(
            "libx264",
            rate=given.framerate,
            options={"preset": "ultrafast", "tune": "zerolatency", "g": str(given.intra), "threads": "1"},
        )
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = given.width, given.height, "yuv420p"
        noise = np.random.default_rng(1)
        for number in range(100_000):
            if after and number == after:
                befalls(what)
            picture = noise.integers(90, 120, (given.height * 3 // 2, given.width), np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")):
                os.write(1, bytes(packet))
            time.sleep(1 / given.framerate)


def befalls(what: str) -> None:
    if what == "dies":
        fail("Device timeout detected")
    if what == "hangs":
        note(os.getpid())  # twice: now it does
        while True:
            try:
                time.sleep(600)
            except KeyboardInterrupt:
                continue
    if what == "starts another":
        note(subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL).pid)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
