"""Pets that cross a real room, and people who do; all of them by ``python -m benchmarks.pets``."""

import pytest

from tests.vision.detectors.rooms import crossing, events_of, photos, room
from tests.vision.detectors.scenes import nanodet_here, nanodet_section
from tests.vision.shared import shared
from vision.detectors import PERSON, PET, Detector
from vision.naming import Namer, open_namer
from vision.pipeline import Pipeline
from vision.watch import watch


@pytest.fixture(scope="module")
def nanodet() -> Detector:
    return nanodet_here()


@pytest.mark.parametrize(
    ("name", "height"),
    [("cat-13", 0.2), ("cat-01", 0.35), ("dog-15", 0.35), ("dog-19", 0.2), ("cat-07", 0.55)],
)
def test_a_pet_that_crosses_a_room_is_found_also_beside_a_person(
    nanodet: Detector, name: str, height: float
) -> None:
    """The last two stand before a fence that looks like a person, and in a girl's arms."""
    (photo,) = (path for path in photos() if path.stem == name)
    events = events_of(crossing(room(), photo, height), Namer(nanodet))
    assert [event.evidence["seen"] for event in events] == [PET] * len(events)
    assert events
    assert PERSON not in {event.pet for event in events}


def test_people_who_walk_are_persons_and_no_pets() -> None:
    pipeline = Pipeline("file", "room", naming=open_namer(nanodet_section()))
    seen = [one.event for one in watch(shared("data/person-walking.mp4"), pipeline)]
    assert len(seen) >= 6
    assert {event.pet for event in seen} == {PERSON}
