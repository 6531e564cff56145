from collections import deque

from influx.schema import UNKNOWN_PET
from vision.detectors import PERSON, PET
from vision.motion import Box
from vision.tracker import Step, Track
from vision.whereabouts import EVERY, Whereabouts

START = 1_790_000_000.0
BOX = Box(0.2, 0.4, 0.4, 0.6)


def tags(whereabouts: Whereabouts, *, votes: int) -> list[str]:
    track = Track(7, START, deque([Step(START, 0.3, 0.5, BOX, 0.5)]))
    track.names["miso"] += votes
    for number in range(int(2 * EVERY)):
        track.steps.append(Step(START + number, 0.3, 0.5, BOX, 0.5))
        whereabouts.note([track], START + number)
    whereabouts.finish()
    return [point.tags["pet"] for point in whereabouts.take()]


def test_who_is_seen_is_named_once_the_looks_are_sure() -> None:
    assert tags(Whereabouts("hall"), votes=9) == ["miso", "miso"]
    assert tags(Whereabouts("hall"), votes=1) == [UNKNOWN_PET, UNKNOWN_PET]


def test_where_only_one_pet_ever_is_it_is_that_pet() -> None:
    assert tags(Whereabouts("cage", pet="nibbles"), votes=0) == ["nibbles", "nibbles"]


def test_a_person_is_no_pets_activity_and_a_pet_beside_one_is() -> None:
    whereabouts = Whereabouts("hall")
    person, cat, nobody = (
        Track(number, 0, deque([Step(0, 0.1 * number, 0.5, BOX, 0.5)])) for number in (1, 2, 3)
    )
    person.votes.update({PERSON: 9})
    cat.votes.update({PERSON: 9, PET: 9})
    whereabouts.note([person, cat, nobody], 0)
    whereabouts.note([], EVERY)
    assert [round(float(point.fields["x"]), 1) for point in whereabouts.take()] == [0.2, 0.3]
