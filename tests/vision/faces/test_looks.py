import time
from collections import deque
from pathlib import Path

import av
import numpy as np
import pytest
from cv2.typing import MatLike
from hypothesis import given
from hypothesis import strategies as st

from influx.points import Point
from influx.schema import PERSON as PERSONS
from tests.vision.faces.portrait import dlib_faces, portrait, walk
from tests.vision.faces.test_gallery import encoding
from vision.detectors import PERSON, PET
from vision.episodes import Change, Closed, LeftOut, Opened
from vision.faces.finder import LIVE_PIXELS, Dlib, Face, Finder, NoFaces
from vision.faces.gallery import UNKNOWN_PERSON, Gallery
from vision.faces.looks import Faces, gallery_in, head_of, open_faces
from vision.identity.recogniser import open_recogniser
from vision.motion import Box
from vision.pipeline import Pipeline
from vision.tracker import Step, Track

__all__ = ["dlib_faces"]

TALL, FLAT = Box(0.4, 0.2, 0.5, 0.8), Box(0.3, 0.5, 0.6, 0.7)
UPRIGHT_CAT = Box(0.42, 0.6, 0.48, 0.8)
FRAME = av.VideoFrame.from_ndarray(np.full((720, 1280, 3), 90, np.uint8), format="rgb24").reformat(
    format="yuv420p"
)
START = 1_790_000_000.0


class Sees:
    """A finder that sees the face of ``seed`` everywhere, or none, and counts how often it was asked."""

    def __init__(self, seed: int | None = None, *, seconds: float = 0, fails: bool = False) -> None:
        self.seed, self.seconds, self.fails = seed, seconds, fails
        self.asked = 0

    def find(self, picture: MatLike, *, most: int, pixels: int = LIVE_PIXELS) -> list[Face]:
        self.asked += 1
        if self.fails:
            raise RuntimeError("error deserializing")
        if self.seconds:
            time.sleep(self.seconds)
        return [] if self.seed is None else [Face(1.5, encoding(self.seed))][:most]


def known(tmp_path: Path) -> Gallery:
    gallery = Gallery(tmp_path / "people")
    gallery.add("ada", [encoding(1)], left_out=False)
    gallery.add("bo", [encoding(2)], left_out=True)
    return gallery


def track(number: int, box: Box = TALL, **votes: int) -> Track:
    one = Track(number, 0, deque([step(0, box)]))
    one.votes.update(votes)
    return one


def step(at: float, box: Box = TALL) -> Step:
    return Step(at, 0.45, 0.5, box, 0.5)


def look(faces: Faces, tracks: list[Track], looks: int, first: float = 0) -> None:
    """So many looks, five a second, with every track in sight."""
    for number in range(looks):
        at = first + number / 5
        for one in tracks:
            one.steps.append(step(at, one.last.box))
        faces.name(FRAME, tracks, at)


def test_a_known_face_is_looked_for_until_it_is_known(tmp_path: Path) -> None:
    finder, one = Sees(1), track(1)
    look(Faces(known(tmp_path), opening=lambda: finder), [one], 50)
    assert (one.person, one.left_out, finder.asked) == ("ada", False, 1)


def test_who_is_left_out_is(tmp_path: Path) -> None:
    one = track(1)
    look(Faces(known(tmp_path), opening=lambda: Sees(2)), [one], 1)
    assert (one.person, one.left_out) == ("bo", True)


def test_the_face_of_a_stranger_is_a_persons_and_is_looked_at_again(tmp_path: Path) -> None:
    finder, one = Sees(3), track(1)
    faces = Faces(known(tmp_path), opening=lambda: finder)
    look(faces, [one], 10)
    assert (one.person, one.left_out) == (UNKNOWN_PERSON, False)
    finder.seed = 1
    look(faces, [one], 10, first=2)
    assert one.person == "ada"


def test_at_most_one_look_a_second_then_one_in_five(tmp_path: Path) -> None:
    finder, one = Sees(), track(1)
    faces = Faces(known(tmp_path), opening=lambda: finder)
    look(faces, [one], 50)
    assert finder.asked == 10
    look(faces, [one], 100, first=10)
    assert finder.asked in (14, 15)
    assert one.person == ""


def test_tracks_take_turns(tmp_path: Path) -> None:
    finder, tracks = Sees(), [track(1), track(2)]
    look(Faces(known(tmp_path), opening=lambda: finder), tracks, 10)
    assert finder.asked == 2
    one, other = track(1), track(2)
    finder.seed = 1
    look(Faces(known(tmp_path), opening=lambda: finder), [one, other], 10)
    assert [one.person, other.person] == ["ada", "ada"]


def test_a_slow_machine_looks_less_often(tmp_path: Path) -> None:
    finder, one = Sees(seconds=0.25), track(1)
    look(Faces(known(tmp_path), opening=lambda: finder), [one], 25)
    assert finder.asked == 2, "a look of a quarter of a second is worth two and a half"


@pytest.mark.parametrize(
    ("box", "votes", "asked"),
    [(TALL, {}, 1), (FLAT, {}, 0), (FLAT, {PERSON: 9, PET: 1}, 1), (TALL, {PERSON: 3, PET: 2}, 0)],
)
def test_only_what_may_be_a_person_is_looked_at(
    tmp_path: Path, box: Box, votes: dict[str, int], asked: int
) -> None:
    finder = Sees()
    look(Faces(known(tmp_path), opening=lambda: finder), [track(1, box, **votes)], 1)
    assert finder.asked == asked


def test_who_is_out_of_sight_is_not_looked_at(tmp_path: Path) -> None:
    finder = Sees(1)
    Faces(known(tmp_path), opening=lambda: finder).name(FRAME, [track(1)], 5.0)
    assert finder.asked == 0


def test_as_long_as_nobody_is_known_nothing_is_loaded(tmp_path: Path) -> None:
    opened: list[Finder] = []

    def opening() -> Finder:
        opened.append(Sees(1))
        return opened[-1]

    gallery, one = Gallery(tmp_path / "people"), track(1)
    faces = Faces(gallery, opening=opening)
    look(faces, [one], 10)
    assert not opened
    gallery.add("ada", [encoding(1)], left_out=None)
    look(faces, [one], 10, first=2)
    assert len(opened) == 1
    assert one.person == "ada"


def test_where_the_extra_is_missing_it_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def opening() -> Finder:
        raise NoFaces("faces need the extra `faces`")

    look(Faces(known(tmp_path), opening=opening), [track(1)], 50)
    assert [record.message for record in caplog.records] == [
        "nobody is known by the face: faces need the extra `faces`"
    ]


def test_a_failure_is_said_once_and_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    finder, one = Sees(fails=True), track(1)
    faces = Faces(known(tmp_path), opening=lambda: finder)
    look(faces, [one], 50)
    assert finder.asked == 1
    look(faces, [one], 450, first=10)
    assert finder.asked == 2
    assert [record.message for record in caplog.records] == [
        "looking for faces failed, and is tried again now and then"
    ]
    finder.fails, finder.seed = False, 2
    look(faces, [one], 350, first=100)
    assert one.left_out, "one picture that it does not like must not end it for good"


def test_who_turns_round_is_the_same_person_until_the_face_says_otherwise(tmp_path: Path) -> None:
    finder, one, behind = Sees(2), track(1), track(2)
    faces = Faces(known(tmp_path), opening=lambda: finder)
    look(faces, [one], 5)
    finder.seed = None
    behind.born, behind.steps[0] = 4.0, step(4.0)
    look(faces, [behind], 20, first=4.4)
    assert (behind.person, behind.left_out) == ("bo", True)
    finder.seed = 3
    look(faces, [behind], 10, first=9)
    assert (behind.person, behind.left_out) == (UNKNOWN_PERSON, False)


def test_a_pet_that_was_taken_for_who_is_left_out_is_a_pet_once_the_model_says_so(tmp_path: Path) -> None:
    finder, one, cat = Sees(2), track(1), track(2)
    faces = Faces(known(tmp_path), opening=lambda: finder)
    look(faces, [one], 5)
    finder.seed = None
    cat.born, cat.steps[0] = 1.0, step(1.0)
    look(faces, [one, cat], 5, first=1)
    assert cat.left_out, "upright, and beside somebody who is"
    cat.votes.update({PERSON: 1, PET: 9})
    look(faces, [one, cat], 5, first=2)
    assert (cat.person, cat.left_out, one.left_out) == ("", False, True)


@pytest.mark.parametrize(
    ("born", "x", "box"), [(20.0, 0.45, TALL), (4.0, 0.95, TALL), (4.0, 0.45, FLAT), (4.0, 0.45, UPRIGHT_CAT)]
)
def test_who_comes_later_or_elsewhere_or_is_no_person_is_somebody_else(
    tmp_path: Path, born: float, x: float, box: Box
) -> None:
    finder, one, other = Sees(2), track(1), track(2, box)
    faces = Faces(known(tmp_path), opening=lambda: finder)
    look(faces, [one], 5)
    finder.seed = None
    other.born, other.steps[0] = born, Step(born, x, 0.5, box, 0.5)
    look(faces, [other], 10, first=born + 0.4)
    assert (other.person, other.left_out) == ("", False)


@given(*[st.floats(0, 1)] * 4, st.integers(64, 2000), st.integers(64, 2000))
def test_a_head_lies_inside_the_picture_at_even_places(
    x0: float, y0: float, x1: float, y1: float, width: int, height: int
) -> None:
    area = head_of(Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), width, height)
    if area is not None:
        left, top, right, bottom = area
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert left % 4 == top % 4 == (right - left) % 4 == (bottom - top) % 4 == 0


def see(faces: Faces | None, *, looks: int = 40, face: bool = True) -> tuple[list[Change], list[Point]]:
    """What a pipeline tells of somebody who walks through the room."""
    pipeline, changes = Pipeline("hall", "hallway", faces=faces), []
    for number, frame in enumerate(walk(looks, face=face)):
        changes += pipeline.see(frame, START + number / 5)
    changes += pipeline.close()
    return changes, pipeline.activity()


def faces_of(finder: Dlib, data_dir: Path, *, left_out: bool, stranger: bool = False) -> Faces:
    gallery = gallery_in(data_dir)
    (face,) = finder.find(portrait(), most=1)
    gallery.add("eileen", [encoding(7) if stranger else face.encoding], left_out=left_out)
    return Faces(gallery, opening=lambda: finder)


def test_a_person_who_walks_by_is_an_event_of_a_person_and_not_of_a_pet(
    dlib_faces: Dlib, tmp_path: Path
) -> None:
    changes, points = see(faces_of(dlib_faces, tmp_path, left_out=False))
    (event,) = [change.event for change in changes if isinstance(change, Closed)]
    assert (event.pet, event.evidence["person"]) == (PERSONS, "eileen")
    assert points == [], "where people are is nobody's business"
    without, points = see(None)
    (event,) = [change.event for change in without if isinstance(change, Closed)]
    assert event.pet == "unknown"
    assert points


def test_a_stranger_who_walks_by_is_no_pet_either(dlib_faces: Dlib, tmp_path: Path) -> None:
    changes, _points = see(faces_of(dlib_faces, tmp_path, left_out=True, stranger=True))
    (event,) = [change.event for change in changes if isinstance(change, Closed)]
    assert (event.pet, event.evidence["person"]) == (PERSONS, "unknown")


def test_of_who_is_left_out_nothing_is_told(dlib_faces: Dlib, tmp_path: Path) -> None:
    changes, points = see(faces_of(dlib_faces, tmp_path, left_out=True))
    opened = [change.event.id for change in changes if isinstance(change, Opened)]
    left_out = [change.event.id for change in changes if isinstance(change, LeftOut)]
    assert opened == left_out
    assert len(opened) <= 1
    assert not any(isinstance(change, Closed) for change in changes)
    assert points == []


def test_who_shows_no_face_is_recorded(dlib_faces: Dlib, tmp_path: Path) -> None:
    changes, _points = see(faces_of(dlib_faces, tmp_path, left_out=True), face=False)
    events = [change.event for change in changes if isinstance(change, Closed)]
    assert events
    assert not any("person" in event.evidence for event in events)


def test_the_people_are_kept_in_the_data_folder(tmp_path: Path) -> None:
    gallery_in(tmp_path).add("ada", [encoding(1)], left_out=None)
    assert (tmp_path / "people" / "ada.json").exists()
    assert isinstance(open_faces(tmp_path), Faces)


def test_of_who_is_left_out_no_cut_out_stays_either(dlib_faces: Dlib, tmp_path: Path) -> None:
    for left_out, name in ((True, "left"), (False, "known")):
        faces, recogniser = (
            faces_of(dlib_faces, tmp_path / name, left_out=left_out),
            open_recogniser(tmp_path / name),
        )
        pipeline = Pipeline("hall", "hallway", faces=faces, recognising=recogniser)
        for number, frame in enumerate(walk(30)):
            pipeline.see(frame, START + number / 5)
        pipeline.close()
        assert [path.name for path in (tmp_path / name).iterdir()] == ["people"]


def test_after_the_clock_was_set_back_faces_are_looked_for_on(tmp_path: Path) -> None:
    finder = Sees()
    faces = Faces(known(tmp_path), opening=lambda: finder)
    look(faces, [track(1)], 1, first=3600)
    look(faces, [track(2)], 1)
    assert finder.asked == 2
