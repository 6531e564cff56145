"""Pictures of a day to a film of a minute: ``python -m vision.film FOLDER TARGET --fps 24 --most 1440``.

A process of its own that gives way to all others, and of which one runs at a time on a machine: a film takes
seconds of a core and 100 MB, which no camera process has to spare. Prints how many pictures the film shows.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from cv2.typing import MatLike

from collector.file_lock import FileLock
from influx.disk import sync_file

FEWEST = 24
"""Pictures that a film is made of at least."""
TOO_FEW = 3
"""The exit code where there are not so many."""


def evenly(paths: Sequence[Path], most: int) -> list[Path]:
    """At most ``most`` of ``paths``, from the first to the last in even steps."""
    if len(paths) <= most:
        return list(paths)
    return [paths[number * (len(paths) - 1) // (most - 1)] for number in range(most)]


def make(pictures: Iterable[Path], target: Path, fps: int) -> int:
    """Encode ``pictures`` as H.264 into an MP4 at ``target``, durably; returns how many could be read.

    The first decides how large it is; those that a power cut spoiled are passed over. Raises ``OSError`` and
    ``av.FFmpegError`` where the disk takes no more.
    """
    count = 0
    with av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as output:
        stream = output.add_stream("libx264", rate=fps)
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "veryfast", "crf": "27", "threads": "1"}
        for picture in _read(pictures):
            if not count:
                height, width = picture.shape[:2]
                stream.width, stream.height = width // 2 * 2, height // 2 * 2
            output.mux(stream.encode(_frame(picture, stream)))
            count += 1
        if count:
            output.mux(stream.encode(None))
    if count:
        sync_file(target)
    return count


def _read(pictures: Iterable[Path]) -> Iterator[MatLike]:
    for path in pictures:
        try:
            data = np.fromfile(path, np.uint8)
            picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        except (FileNotFoundError, cv2.error):  # forgotten meanwhile; one that says it has a milliard pixels
            continue
        if picture is not None:
            yield picture


def _frame(picture: MatLike, stream: VideoStream) -> av.VideoFrame:
    size = (stream.width, stream.height)
    if picture.shape[1::-1] != size:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return av.VideoFrame.from_ndarray(np.asarray(picture, np.uint8), format="bgr24")


def main() -> int:
    """Make the film that the arguments ask for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="vision.film")
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--fps", type=int, required=True)
    parser.add_argument("--most", type=int, required=True)
    parser.add_argument("--lock", type=Path, required=True)
    options = parser.parse_args()
    os.nice(19)
    cv2.setNumThreads(1)
    with FileLock(options.lock):
        pictures = evenly(sorted(options.folder.glob("*.jpg")), options.most)
        if len(pictures) < FEWEST:
            return TOO_FEW
        try:
            count = make(pictures, options.target, options.fps)
        except (OSError, av.FFmpegError) as error:
            sys.stderr.write(f"{error}\n")
            return 1
    sys.stdout.write(f"{count}\n")
    return 0 if count else TOO_FEW


if __name__ == "__main__":
    sys.exit(main())
