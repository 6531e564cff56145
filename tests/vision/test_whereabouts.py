from collections import deque

from influx.schema import UNKNOWN_PET
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
