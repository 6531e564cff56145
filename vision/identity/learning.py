"""Cut-outs from a recorded clip, for events of which the camera kept none."""

import math
from collections import Counter
from pathlib import Path

import av

from vision.identity.album import Album
from vision.identity.colour import has_colour
from vision.identity.crops import crop_of
from vision.motion import Motion, luma_of
from vision.tracker import Tracker

_PERIOD = 0.2  # seconds between two looks, as a camera has it
_ALONE = 2.0  # times as many looks as any other track: then there is no doubt which the event is of


class NothingToLearn(Exception):
    """A clip shows nobody, or not clearly one; says why."""


def album_of(clip: Path) -> Album:
    """The cut-outs of the one who moves in ``clip``; raises ``NothingToLearn``.

    Which of several it was, no clip tells: it must be in sight twice as long as any other.
    """
    motion, tracker = Motion(), Tracker()
    albums: dict[int, Album] = {}
    looks: Counter[int] = Counter()
    try:
        with av.open(str(clip)) as container:
            due = -math.inf
            for frame in container.decode(video=0):
                at = float(frame.time or 0.0)
                if at < due:
                    continue
                due = at + _PERIOD - 0.001
                tracks = tracker.update(motion.look(luma_of(frame), at).blobs, at)
                for track in tracks:
                    if track.last.at != at:
                        continue
                    looks[track.id] += 1
                    crop = crop_of(frame, track.last.box, motion.foreground)
                    if crop is not None:
                        album = albums.setdefault(track.id, Album())
                        album.paste(crop, track.last.box, coloured=has_colour(frame))
    except (av.FFmpegError, OSError) as error:
        raise NothingToLearn(f"the clip cannot be read ({error})") from None
    ranked = looks.most_common(2)
    if not ranked or ranked[0][0] not in albums:
        raise NothingToLearn("nothing moves in the clip")
    if len(ranked) > 1 and ranked[0][1] < _ALONE * ranked[1][1]:
        raise NothingToLearn("more than one moves in the clip, and nothing tells which the event is of")
    return albums[ranked[0][0]]
