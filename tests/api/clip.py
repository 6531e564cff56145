"""A short H.264 clip that browsers play."""

from pathlib import Path

import av
import numpy as np


def make_clip(path: Path, *, seconds: int = 3, fps: int = 10) -> Path:
    """Write a clip of a square that wanders, ready to be streamed (index first)."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(seconds * fps):
            picture = np.full((180, 320, 3), (90, 120, 150), np.uint8)
            picture[60:120, 20 + number * 7 : 80 + number * 7] = (200, 180, 160)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path
