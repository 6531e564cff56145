"""Photographs of real pets, moved across the empty room of a real recording."""

from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from tests.vision.shared import shared
from vision.events import Event
from vision.pipeline import Closed, Naming, Pipeline

Pixels = npt.NDArray[np.uint8]
FPS = 10
EMPTY, CROSSING = 3.0, 7.0
"""Seconds that the room is empty before and after, and that the pet takes from one side to the other."""
HEIGHTS = (0.2, 0.35, 0.55)
"""Of the picture that a photograph is high: a cat at the far wall, in the room, and before the camera."""
_STILL = 58  # pictures at the beginning of the recording in which nobody is


def photos() -> list[Path]:
    """Ten photographs of cats and ten of dogs."""
    return sorted(shared("data/pets").glob("*.jpg"))


def room() -> list[Pixels]:
    """The empty room: six seconds, forth and back."""
    with av.open(str(shared("data/person-walking.mp4"))) as container:
        taken = islice(container.decode(video=0), _STILL)
        frames = [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in taken]
    return frames + frames[-2:0:-1]


def crossing(
    background: list[Pixels], photo: Path, height: float, *, other: bool = False
) -> Iterator[tuple[VideoFrame, float]]:
    """The pictures of a scene with their times: ``photo`` comes in at the left, walks, and goes out.

    ``other``: it is mirrored and darker, as the same animal on another evening.
    """
    tall, wide = background[0].shape[:2]
    picture = np.asarray(cv2.imread(str(photo)), np.uint8)
    if other:
        picture = np.asarray(cv2.convertScaleAbs(cv2.flip(picture, 1), alpha=0.65), np.uint8)
    high = round(height * tall)
    across = round(picture.shape[1] * high / picture.shape[0])
    pet = cv2.resize(picture, (across, high), interpolation=cv2.INTER_AREA)
    for number, behind in enumerate(islice(cycle(background), round((2 * EMPTY + CROSSING) * FPS))):
        at = number / FPS
        part = (at - EMPTY) / CROSSING
        shown = behind.copy()
        if 0 <= part <= 1:
            left = round(part * (wide + across)) - across
            top = round((tall - high) * (0.8 + 0.1 * np.sin(9 * part)))
            begin, end = max(left, 0), min(left + across, wide)
            if end > begin:
                shown[top : top + high, begin:end] = pet[:, begin - left : end - left]
        yield VideoFrame.from_ndarray(shown, format="bgr24").reformat(format="yuv420p"), at


def events_of(scene: Iterable[tuple[VideoFrame, float]], naming: Naming) -> list[Event]:
    """The events that a pipeline finds in ``scene``."""
    pipeline = Pipeline("room", "room", naming=naming)
    changes = [change for frame, at in scene for change in pipeline.see(frame, at)]
    return [change.event for change in (*changes, *pipeline.close()) if isinstance(change, Closed)]
