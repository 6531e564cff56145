"""Long stays: events that end where what a pet does changes for good, and that tell which they continue."""

from collections import deque
from collections.abc import Iterable
from itertools import pairwise

import pytest

from influx.schema import STILL_EVENT_TYPES
from tests.vision.activities.life import LIE, Pet
from vision.activities import PLAYING, SITTING, SLEEPING
from vision.episodes import LONGEST_REST, SETTLES, WAKES, Change, Closed, Episodes, Extended, moment
from vision.events import Event
from vision.tracker import Step, Track


def follow(*parts: Iterable[Step], longest: float = 600) -> list[Change]:
    """One animal that does all that, until its track ends."""
    episodes, changes, track = Episodes("hall", "hallway", longest=longest), [], None
    for part in parts:
        for step in part:
            track = track or Track(1, step.at, deque(maxlen=64))
            track.take(step)
            changes += episodes.follow([track])
    return changes + episodes.follow([])


def events(changes: list[Change]) -> list[Event]:
    return [change.event for change in changes if isinstance(change, Closed)]


def types(*parts: Iterable[Step]) -> list[str]:
    return [event.event_type for event in events(follow(*parts))]


def test_a_pet_that_plays_and_then_sleeps_for_hours_makes_two_events_and_one_each_hour() -> None:
    pet = Pet()
    played = list(pet.dashes(120))
    changes = follow(played, pet.stays(2.5 * 3600, tall=LIE, stirs=1.0, every=10))
    first, *rest = events(changes)
    assert first.event_type == PLAYING
    assert abs((first.end - moment(played[-1].at)).total_seconds()) < 2
    assert [event.event_type for event in rest] == [SLEEPING] * 3
    assert [event.evidence.get("chapter") for event in rest] == [1, 2, 3]
    assert all(before.end == after.start for before, after in pairwise([first, *rest]))
    assert [event.evidence.get("continues") for event in rest] == [first.id, rest[0].id, rest[1].id]
    assert all(event.duration.total_seconds() <= LONGEST_REST for event in rest)


def test_an_event_that_settled_is_of_a_still_type_to_its_end() -> None:
    pet = Pet()
    stirs = (*pet.dashes(3), *pet.stays(600))
    changes = follow(pet.dashes(30), pet.stays(4000, tall=LIE), stirs, pet.dashes(30), pet.stays(400))
    settled = {change.event.id for change in changes if change.event.evidence.get("settled")}
    assert len(settled) == 3
    for change in changes:
        if change.event.id in settled:
            assert change.event.event_type in STILL_EVENT_TYPES
            assert change.event.evidence["settled"] is True


def test_what_is_done_before_a_rest_for_less_than_five_seconds_is_part_of_it() -> None:
    pet = Pet(x=0.0)
    assert types(pet.walks(0.4), pet.stays(900, tall=LIE)) == [SLEEPING]


def test_a_person_who_sits_for_an_hour_never_settles() -> None:
    pet = Pet(x=0.0)
    events_of_it = events(follow(pet.walks(0.9), pet.stays(3600, tall=2.6)))
    assert len(events_of_it) == 7
    assert all("settled" not in event.evidence for event in events_of_it)


@pytest.mark.parametrize(("seconds", "count"), [(SETTLES - 10, 1), (SETTLES + 10, 2)])
def test_a_short_rest_is_part_of_what_was_done_before(seconds: float, count: int) -> None:
    pet = Pet()
    assert len(types(pet.dashes(20), pet.stays(seconds))) == count


def test_one_who_turns_over_in_its_sleep_sleeps_on() -> None:
    pet = Pet()
    night = []
    for _ in range(10):
        night += [*pet.stays(300, tall=LIE), *pet.stays(2, tall=LIE, stirs=1.0), *pet.walks(pet.x + 0.02)]
    assert types(night) == [SLEEPING]


def test_one_who_wakes_and_plays_makes_an_event_of_its_own() -> None:
    pet = Pet()
    assert types(pet.stays(600, tall=LIE), pet.dashes(30)) == [SLEEPING, PLAYING]


def test_one_who_wakes_and_is_gone_at_once_only_slept() -> None:
    pet = Pet()
    (event,) = events(follow(pet.stays(600, tall=LIE), pet.walks(pet.x + 0.15 * (WAKES - 2))))
    assert event.event_type == SLEEPING
    assert event.end == moment(pet.at)


def test_one_who_sits_upright_and_looks_about_for_an_hour_sits() -> None:
    pet = Pet()
    assert types(pet.walks(0.7), pet.stays(3500, stirs=0.4))[-1] == SITTING


def test_what_is_open_is_told_until_the_change_is_for_good() -> None:
    pet = Pet()
    changes = follow(pet.dashes(20), pet.stays(SETTLES + 30, tall=LIE))
    ids = [event.id for event in events(changes)]
    told = [change.event.id for change in changes if isinstance(change, Extended)]
    assert told == sorted(told, key=ids.index), "the first goes on until the second opens"
