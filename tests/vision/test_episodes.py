from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.episodes import Change, Closed, Episodes, Extended, LeftOut, Opened, moment
from vision.events import Event
from vision.motion import Blob, Box
from vision.tracker import PATIENCE, Tracker

PERIOD = 0.2
START = 1_790_000_000.0


def blob(x: float, y: float = 0.5) -> Blob:
    return Blob(Box(x - 0.05, y - 0.05, x + 0.05, y + 0.05), x, y, 0.01, 0.4)


def follow(presence: list[bool], *, longest: float = 600, end: bool = True) -> list[Change]:
    """One animal that is or is not seen, look by look."""
    tracker, episodes = Tracker(), Episodes("hall", "hallway", longest=longest)
    changes: list[Change] = []
    for number, present in enumerate(presence):
        at = START + number * PERIOD
        changes += episodes.follow(tracker.update([blob(0.3 + number % 10 * 0.01)] if present else [], at))
    return changes + (episodes.close() if end else [])


def runs(*lengths: int) -> list[bool]:
    """Seen for so many looks, not seen for so many, and so on."""
    return [number % 2 == 0 for number, length in enumerate(lengths) for _ in range(length)]


def closed(changes: list[Change]) -> list[Event]:
    return [change.event for change in changes if isinstance(change, Closed)]


def test_an_event_opens_back_at_the_first_blob_and_closes_where_it_was_seen_last() -> None:
    changes = follow([False] * 5 + [True] * 20 + [False] * 30, end=False)
    assert isinstance(changes[0], Opened)
    assert isinstance(changes[-1], Closed)
    event = changes[-1].event
    assert event.start == moment(START + 5 * PERIOD)
    assert event.end == moment(START + 24 * PERIOD)
    assert (event.camera, event.location, event.pet) == ("hall", "hallway", "unknown")


def test_an_event_is_of_whom_the_looks_say_and_tells_their_votes() -> None:
    tracker, episodes = Tracker(), Episodes("hall", "hallway", longest=600)
    changes: list[Change] = []
    for number in range(20):
        at = START + number * PERIOD
        tracks = tracker.update([blob(0.3 + number % 10 * 0.01)], at)
        for track in tracks:
            track.names["miso"] += 1
        changes += episodes.follow(tracks)
    changes += episodes.close()
    event = closed(changes)[0]
    assert event.pet == "miso"
    assert event.evidence["who_votes"] == event.evidence["who_looks"]


def test_where_only_one_pet_ever_is_it_is_that_pet() -> None:
    tracker, episodes = Tracker(), Episodes("cage", "hall", longest=600, pet="nibbles")
    changes: list[Change] = []
    for number in range(20):
        at = START + number * PERIOD
        changes += episodes.follow(tracker.update([blob(0.3 + number % 10 * 0.01)], at))
    changes += episodes.close()
    assert {change.event.pet for change in changes} == {"nibbles"}
    assert closed(changes)[0].evidence["who_only"] is True


def test_an_open_event_is_extended_about_once_a_second() -> None:
    changes = follow([True] * 51)
    assert 7 <= sum(isinstance(change, Extended) for change in changes) <= 10


def test_a_short_gap_is_part_of_the_event() -> None:
    looks = int(PATIENCE / PERIOD)
    assert len(closed(follow(runs(20, looks - 1, 20)))) == 1
    assert len(closed(follow(runs(20, looks + 1, 20)))) == 2


def test_an_event_that_is_too_long_is_closed_and_the_next_begins_at_once() -> None:
    events = closed(follow([True] * 151, longest=10))
    assert all(timedelta(seconds=9) < event.duration <= timedelta(seconds=10) for event in events[:-1])
    assert all(before.end == after.start for before, after in pairwise(events))
    assert len({event.id for event in events}) == len(events)
    assert events[-1].end == moment(START + 150 * PERIOD)


def test_nothing_is_open_after_closing() -> None:
    episodes = Episodes("hall", "hallway", longest=600)
    assert episodes.close() == []


@pytest.mark.parametrize("at", [0.0, 1_790_000_000.0004, 1_790_000_000.9996, 1_790_000_000.123])
def test_times_are_whole_milliseconds_in_utc(at: float) -> None:
    found = moment(at)
    assert found.microsecond % 1000 == 0
    assert abs(found - datetime.fromtimestamp(at, UTC)) <= timedelta(microseconds=501)
    assert found.tzinfo is UTC


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), max_size=12), st.floats(4.0, 30.0))
def test_every_event_opens_once_closes_once_and_is_in_order(lengths: list[int], longest: float) -> None:
    changes = follow(runs(*lengths), longest=longest)
    state: dict[str, str] = {}
    starts: dict[str, datetime] = {}
    ends: dict[str, datetime] = {}
    for change in changes:
        event = change.event
        now = type(change).__name__
        before = state.get(event.id, "none")
        assert (before, now) in {
            ("none", "Opened"),
            ("Opened", "Extended"),
            ("Opened", "Closed"),
            ("Extended", "Extended"),
            ("Extended", "Closed"),
        }, f"{event.id}: {now} after {before}"
        assert event.start == starts.setdefault(event.id, event.start)
        assert event.end >= ends.get(event.id, event.start) >= event.start
        assert event.duration <= timedelta(seconds=longest + 0.001)
        state[event.id], ends[event.id] = now, event.end
    assert set(state.values()) <= {"Closed"}, "an event was left open"
    times = [(starts[key], ends[key]) for key in state]
    assert all(end <= begin for (_, end), (begin, _) in pairwise(times)), (
        "one animal was in two events at once"
    )


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), max_size=20))
def test_gaps_shorter_than_the_patience_never_part_an_event(lengths: list[int]) -> None:
    presence = runs(10, *lengths)
    assert len(closed(follow(presence))) == 1


def face_at(look: int, *, left_out: bool, pets: int = 0) -> list[Change]:
    """One animal-sized person who is seen for 40 looks and is known from ``look`` on; at each look from
    the 30th on a model sees so many pets in it.
    """
    tracker, episodes = Tracker(), Episodes("hall", "hallway", longest=600)
    changes: list[Change] = []
    for number in range(40):
        at = START + number * PERIOD
        tracks = tracker.update([blob(0.3 + number % 10 * 0.01)], at)
        for track in tracks if number >= look else ():
            track.person, track.left_out = "ada", left_out
            track.votes["pet"] += pets if number >= 30 else 0
        changes += episodes.follow(tracks)
    return changes + episodes.close()


def test_who_has_a_persons_face_is_a_person_and_the_event_says_who() -> None:
    (event,) = closed(face_at(20, left_out=False))
    assert (event.pet, event.evidence["person"]) == ("person", "ada")
    assert event.event_type != "sitting"


def test_an_event_of_who_is_left_out_ends_once_and_is_never_closed() -> None:
    changes = face_at(20, left_out=True)
    assert isinstance(changes[0], Opened)
    assert isinstance(changes[-1], LeftOut)
    assert changes[-1].event.id == changes[0].event.id
    assert all(isinstance(change, Extended) for change in changes[1:-1])


def test_what_a_pet_is_seen_in_is_its_event_and_does_not_name_who_is_left_out() -> None:
    changes = face_at(20, left_out=True, pets=1)
    assert any(isinstance(change, LeftOut) for change in changes[:-2])
    assert isinstance(changes[-1], Closed)
    assert changes[-1].event.evidence["seen"] == "pet"
    assert "person" not in changes[-1].event.evidence


def test_who_is_known_at_once_and_left_out_never_begins_an_event() -> None:
    assert face_at(0, left_out=True) == []
