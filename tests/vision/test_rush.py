"""Of too much at once what matters is recorded, and the rest is one event that says how many it was."""

import logging
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.sources import START, event
from vision.episodes import Change, Closed, Extended, LeftOut, Opened
from vision.events import NO_CLIP, RUSH, Event
from vision.rush import AT_ONCE, BEGUN, Rush, matters

tracks = count(1)


def rush() -> Rush:
    return Rush("cage", longest=600)


def kept(changes: list[Change], kind: type) -> list[Event]:
    return [change.event for change in changes if isinstance(change, kind)]


def passing(
    start: float, length: float = 1.0, *, event_type: str = "passing", pet: str = "unknown"
) -> list[tuple[float, Change]]:
    """An event that opens half a second after it began, and is over after ``length``; with the seconds."""
    whole = replace(event(start, start + length, track=next(tracks), event_type=event_type), pet=pet)
    opened = replace(whole, end=event(start, start + 0.5).end, event_type="motion", pet="unknown")
    return [(start + 0.5, Opened(opened)), (start + length, Closed(whole))]


def play(sifted: Rush, *happened: list[tuple[float, Change]], until: float = 0.0) -> list[Change]:
    """What is left, looked at five times a second."""
    waiting = sorted((each for one in happened for each in one), key=lambda each: each[0])
    last = max(until, waiting[-1][0] + 0.2)
    left: list[Change] = []
    for fifth in range(int(waiting[0][0] * 5), int(last * 5) + 1):
        now = fifth / 5
        due = [change for at, change in waiting if at <= now]
        del waiting[: len(due)]
        left += sifted.sift(due, START + now)
    return left


def test_what_comes_now_and_then_is_left_as_it_is() -> None:
    happened = [passing(20.0 * number) for number in range(30)]
    sifted = rush()
    assert play(sifted, *happened) == [change for one in happened for _, change in one]
    assert sifted.count == 0


def test_of_branches_in_the_wind_some_are_recorded_and_the_rest_is_one_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sifted = rush()
    with caplog.at_level(logging.INFO, "vision"):
        left = play(sifted, *(passing(0.4 * number) for number in range(100)), until=400)
    opened, closed = kept(left, Opened), kept(left, Closed)
    recorded = [one for one in opened if NO_CLIP not in one.evidence]
    assert len(recorded) == BEGUN
    assert len(opened) == BEGUN + 1
    assert {one.id for one in closed} == {one.id for one in opened}
    gathered = closed[-1]
    assert (gathered.event_type, gathered.evidence) == ("motion", {"events": 100 - BEGUN, NO_CLIP: RUSH})
    assert 36 <= gathered.duration.total_seconds() <= 40
    assert sifted.count == 100 - BEGUN
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"], (
        "it is told again and again"
    )


def test_never_more_than_a_few_are_recorded_at_a_time() -> None:
    left = play(rush(), *(passing(0.1 * number, 120) for number in range(7)))
    assert sum(NO_CLIP not in one.evidence for one in kept(left, Opened)) == AT_ONCE


@pytest.mark.parametrize(
    ("event_type", "pet"), [("eating_drinking", "unknown"), ("abnormal", "unknown"), ("passing", "miso")]
)
def test_what_matters_is_recorded_from_when_that_is_known(event_type: str, pet: str) -> None:
    mattering = passing(15, 3, event_type=event_type, pet=pet)
    turns_out = Extended(replace(mattering[1][1].event, end=event(15, 17).end))
    branches = [passing(0.3 * number, 2) for number in range(60)]
    left = play(rush(), *branches, [*mattering, (17.0, turns_out)])
    mine = [change for change in left if change.event.id == turns_out.event.id]
    assert [type(change) for change in mine] == [Opened, Closed]
    assert all(NO_CLIP not in change.event.evidence for change in mine)


def test_what_turns_out_to_matter_at_its_end_is_recorded_then() -> None:
    mattering = passing(15, 3, event_type="abnormal")
    left = play(rush(), *(passing(0.3 * number, 2) for number in range(60)), mattering)
    whole = mattering[1][1].event
    assert [type(change) for change in left if change.event.id == whole.id] == [Opened, Closed]


def test_who_is_left_out_is_gone_whether_recorded_or_put_aside() -> None:
    happened = [passing(0.1 * number, 120) for number in range(AT_ONCE + 1)]
    for one in happened:
        one[1] = (5.0, LeftOut(one[1][1].event))
    sifted = rush()
    left = play(sifted, *happened, passing(80), until=200)
    left_out = {one.id for one in kept(left, LeftOut)}
    assert {one[0][1].event.id for one in happened} < left_out, "also what was put aside, for the time-lapse"
    assert len(left_out) == AT_ONCE + 2, "and the gathering, which stood for nobody else"
    assert not left_out & {one.id for one in kept(left, Closed)}
    assert len(kept(left, Closed)) == 1, "what came when there was room again"


def test_of_several_that_are_put_aside_one_who_is_left_out_is_not_counted() -> None:
    happened = [passing(0.1 * number, 30) for number in range(AT_ONCE + 3)]
    happened[-1][1] = (5.0, LeftOut(happened[-1][1][1].event))
    left = play(rush(), *happened, until=60)
    (gathered,) = [one for one in kept(left, Closed) if NO_CLIP in one.evidence]
    assert gathered.evidence["events"] == 2
    assert len(kept(left, LeftOut)) == 1


def test_a_gathering_ends_when_it_is_quiet_and_the_next_is_another() -> None:
    first = [passing(0.3 * number) for number in range(20)]
    second = [passing(30 + 0.3 * number) for number in range(20)]
    left = play(rush(), *first, *second, until=60)
    gathered = [one for one in kept(left, Closed) if NO_CLIP in one.evidence]
    assert len(gathered) == 2
    assert len({one.id for one in gathered}) == 2


def test_when_pictures_end_nothing_stays_open() -> None:
    sifted = rush()
    happened = [passing(0.1 * number, 50) for number in range(10)]
    left = play(sifted, *([one[0]] for one in happened))
    left += sifted.close(one[1][1] for one in happened)
    assert len(kept(left, Opened)) == len(kept(left, Closed)) == AT_ONCE + 1


@given(
    st.lists(
        st.tuples(
            st.floats(0, 120),
            st.floats(0.6, 40),
            st.sampled_from(["passing", "motion", "playing", "abnormal"]),
            st.sampled_from(["unknown", "unknown", "miso"]),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_whatever_happens_each_event_that_opens_closes_once_and_what_matters_is_there(happened) -> None:  # type: ignore[no-untyped-def]
    sifted = rush()
    events = [passing(start, length, event_type=kind, pet=pet) for start, length, kind, pet in happened]
    left = play(sifted, *events, until=200)
    left += sifted.close(())
    open_now: set[str] = set()
    for change in left:
        if isinstance(change, Opened):
            assert change.event.id not in open_now
            open_now.add(change.event.id)
        else:
            assert change.event.id in open_now
            if isinstance(change, Closed):
                open_now.discard(change.event.id)
    assert not open_now
    recorded = {one.id for one in kept(left, Closed) if NO_CLIP not in one.evidence}
    closed = [one[1][1].event for one in events]
    assert {one.id for one in closed if matters(one)} <= recorded
    assert len(recorded) + sifted.count >= len({one.id for one in closed})


def test_a_clock_that_was_set_back_puts_nothing_aside() -> None:
    sifted = rush()
    play(sifted, *(passing(3600 + 2.0 * number) for number in range(BEGUN)))
    play(sifted, passing(0))
    assert sifted.count == 0


def test_those_who_settle_to_rest_leave_room_for_others() -> None:
    sifted = rush()
    resting = [replace(event(0, 1, track=next(tracks)), evidence={"settled": True}) for _ in range(AT_ONCE)]
    moving = [replace(one, evidence={}) for one in resting]
    sifted.sift([Opened(one) for one in moving], START + 1)
    sifted.sift([Extended(one) for one in resting], START + 100)
    play(sifted, passing(200))
    assert sifted.count == 0
