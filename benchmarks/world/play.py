"""Plays a scene through the pipeline that a camera's pictures go through."""

from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from itertools import combinations
from pathlib import Path

import av
import numpy as np

from benchmarks.world.scenes import Scene
from benchmarks.world.stage import Seen, Stage
from vision import zones as drawn
from vision.cameras.paint import Picture
from vision.pipeline import Change, Closed, Pipeline, Recognising
from vision.truth import Found, Together, Truth, Visit
from vision.whereabouts import EVERY

LOOKS = 5
"""Pictures a second that are looked at."""
FPS = 15
"""Pictures a second of what is written as a recording."""
START = 1_700_000_000.0
"""When each scene begins, in seconds since 1970: a whole multiple of what a point of activity stands for."""

_ENCODED_FPS = 10
_VISIBLE = 0.1  # of a pet: less of it is nobody yet (docs/world.md)
_BETWEEN = 0.19  # seconds between two spots of a path, at least


class Record:
    """Notes moment by moment what can be seen, and makes the truth of it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._paths: dict[int, list[tuple[float, float, float]]] = {}
        self._together: dict[tuple[int, int], list[tuple[float, float]]] = {}

    def note(self, at: float, seen: dict[int, Seen]) -> None:
        """What can be seen ``at`` that second; times must not go back."""
        there = {number: one for number, one in seen.items() if one.part >= _VISIBLE}
        for number, one in there.items():
            if at < self._scene.visits[number].waits:
                continue
            self._first.setdefault(number, at)
            self._last[number] = at
            path = self._paths.setdefault(number, [])
            if not path or at - path[-1][0] > _BETWEEN:
                path.append((round(at, 2), round(one.x, 3), round(one.y, 3)))
        for pair in combinations(sorted(there), 2):
            if _touch(there[pair[0]], there[pair[1]]):
                spans = self._together.setdefault(pair, [])
                if spans and at - spans[-1][1] < 0.5:
                    spans[-1] = (spans[-1][0], at)
                else:
                    spans.append((at, at))

    def truth(self) -> Truth:
        """What was to be seen until now."""
        visits = self._scene.visits
        return Truth(
            scripted=True,
            infrared=self._scene.infrared,
            zones=zones_of(self._scene),
            events=tuple(
                Visit(
                    pet=visits[number].animal.name,
                    event_type=visits[number].event_type,
                    start=round(first, 2),
                    end=round(self._last[number], 2),
                    path=tuple(self._paths[number]),
                )
                for number, first in sorted(self._first.items())
            ),
            together=tuple(
                Together(
                    pets=(visits[one].animal.name, visits[other].animal.name),
                    start=round(start, 2),
                    end=round(end, 2),
                )
                for (one, other), spans in sorted(self._together.items())
                for start, end in spans
            ),
        )


def _touch(one: Seen, other: Seen) -> bool:
    (left, top, right, bottom), (west, north, east, south) = one.box, other.box
    return left < east and west < right and top < south and north < bottom


def zones_of(scene: Scene) -> tuple[drawn.Zone, ...]:
    """The scene's zones as a camera is told them."""
    return tuple(
        drawn.Zone(zone.name, drawn.ZoneKind(zone.kind), zone.polygon) for zone in scene.room.zones()
    )


def moments(scene: Scene, fps: int) -> Iterator[float]:
    """The seconds at which pictures are taken."""
    for number in range(round(scene.seconds * fps)):
        yield number / fps


def truth_of(scene: Scene) -> Truth:
    """The truth of a scene that need not be painted for it."""
    stage, record = Stage(scene, 640, 360), Record(scene)
    for at in moments(scene, LOOKS):
        record.note(at, stage.seen(at))
    return record.truth()


def play(scene: Scene, *, recognising: Recognising | None = None) -> tuple[Truth, list[Found]]:
    """What was to be seen, and what the pipeline found; whose it was, where somebody is ``recognising``."""
    stage, record = Stage(scene), Record(scene)
    pipeline = Pipeline(f"scene-{scene.seed}", "room", zones=zones_of(scene), recognising=recognising)
    changes: list[Change] = []
    if scene.encoded:
        for frame, at in _through_an_encoder(scene, stage, record):
            changes += pipeline.see(frame, START + at)
    else:
        for at in moments(scene, LOOKS):
            picture, seen = stage.picture(at)
            record.note(at, seen)
            changes += pipeline.see(_frame(picture), START + at)
    changes += pipeline.close()
    return record.truth(), _found(changes, pipeline)


def _found(changes: list[Change], pipeline: Pipeline) -> list[Found]:
    places: dict[int, dict[float, tuple[float, float]]] = {}
    for point in pipeline.activity():
        track = round(point.time.timestamp() * 1000) % 1000
        span = point.time.timestamp() // EVERY * EVERY - START
        x, y = point.fields["x"], point.fields["y"]
        places.setdefault(track, {})[span] = (float(x), float(y))
    events = [change.event for change in changes if isinstance(change, Closed)]
    return [
        Found(
            event.event_type,
            event.start.timestamp() - START,
            event.end.timestamp() - START,
            event.pet,
            places.get(event.track % 1000, {}),
            event.id,
        )
        for event in events
    ]


def _frame(picture: Picture) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(picture, np.uint8), format="yuv420p")


def _through_an_encoder(scene: Scene, stage: Stage, record: Record) -> Iterator[tuple[av.VideoFrame, float]]:
    film = BytesIO()
    encode(scene, stage, film, "matroska", _ENCODED_FPS, record)
    film.seek(0)
    with av.open(film, "r") as container:
        for frame in container.decode(video=0):
            yield frame, float(frame.time or 0.0)


def encode(scene: Scene, stage: Stage, film: BytesIO | str, kind: str, fps: int, record: Record) -> None:
    """Write the scene as H.264, as a camera's encoder would: a key frame every two seconds, no B-frames."""
    with av.open(film, "w", format=kind) as container:
        options = {"preset": "veryfast", "crf": "24", "bf": "0", "threads": "1"}
        video = container.add_stream("libx264", rate=fps, options=options)
        for number, at in enumerate(moments(scene, fps)):
            picture, seen = stage.picture(at)
            record.note(at, seen)
            frame = _frame(picture)
            if not number:
                video.width, video.height, video.pix_fmt = frame.width, frame.height, "yuv420p"
                video.codec_context.gop_size = 2 * fps
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(video.encode(frame))
        container.mux(video.encode())


def write(scene: Scene, folder: Path, *, width: int = 1280, height: int = 720) -> Path:
    """The scene as ``scene-<seed>.mp4`` in ``folder`` with its truth beside it; the recording's path."""
    path = folder / f"scene-{scene.seed}.mp4"
    record = Record(scene)
    encode(scene, Stage(scene, width, height), str(path), "mp4", FPS, record)
    path.with_suffix(".truth.json").write_text(record.truth().model_dump_json(indent=1))
    return path
