"""A camera tried for some seconds: whether it opens, and what it gives."""

import threading
import time
from contextlib import closing
from dataclasses import dataclass

from vision.decoder import Decoder
from vision.diagnosis import brightness
from vision.feed import Feed
from vision.motion import luma_of
from vision.stream import Camera, CameraLost

PICTURES = 20


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; ``failure`` says why it is nothing. ``fps`` is by the times of the pictures."""

    failure: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    pictures: int = 0
    fps: float = 0.0
    luma: float = 0.0


def try_camera(name: str, camera: Camera, *, seconds: float = 10.0) -> Trial:
    """Open ``camera``, look at ``PICTURES`` of it or those of ``seconds``, and give it back; keeps none."""
    over = threading.Event()
    with closing(Feed(name, camera, over, opening=seconds, patience=seconds)) as feed:
        try:
            video = feed.open()
            assert video is not None
            codec, decoder = video.codec_context.codec.canonical_name, Decoder(video)
            began, times, luma, size = time.monotonic(), list[float](), 0.0, (0, 0)
            for timed in feed.packets():
                for frame, at in decoder.frames(timed):
                    times.append(at)
                    size = (frame.width, frame.height)
                    luma = brightness(frame, luma_of(frame))[0]
                if len(times) >= PICTURES or time.monotonic() - began > seconds:
                    break
        except CameraLost as lost:
            return Trial(str(lost))
    if not times:
        return Trial(f"camera {name!r} sends nothing that can be decoded", codec)
    span = times[-1] - times[0]
    return Trial("", codec, *size, len(times), (len(times) - 1) / span if span else 0.0, luma)
