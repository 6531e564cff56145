from vision.episodes import Change, Closed, Extended, Opened
from vision.sound.calls import GAP, Calls
from vision.sound.voice import BARK, MEOW, Burst, Call

START = 1_790_000_000.0


def call(kind: str = MEOW, pitch: float = 600.0) -> Call:
    return Call(kind, Burst(0.0, 0.5, 20.0, pitch, 0.9, 1.2, 0.0, 0, 0.2))


def follow(calls: Calls, *starts: float, until: float) -> list[Change]:
    """Calls at these seconds, each told two seconds later, between looks five times a second."""
    waiting, changes = sorted(starts), []
    for fifth in range(int(until * 5) + 1):
        while waiting and waiting[0] + 2.5 <= fifth / 5:
            calls.hear(call(), START + waiting.pop(0))
        changes += calls.follow(START + fifth / 5)
    return changes


def test_calls_that_follow_each_other_are_one_event() -> None:
    changes = follow(Calls("hall", "hallway"), 1, 4, 9, until=30)
    assert [type(change) for change in changes] == [Opened, Extended, Extended, Closed]
    event = changes[-1].event
    assert (event.event_type, event.pet, event.camera) == ("vocalizing", "unknown", "hall")
    assert (event.start.timestamp(), event.end.timestamp()) == (START + 1, START + 9.5)
    assert event.evidence == {"calls": 3, "meows": 3, "pitch_hz": 600}
    assert event.confidence > changes[0].event.confidence
    assert len({change.event.id for change in changes}) == 1


def test_calls_far_apart_are_two_events() -> None:
    changes = follow(Calls("hall", "hallway"), 1, 1 + 2 * GAP, until=50)
    assert sum(isinstance(change, Closed) for change in changes) == 2
    assert len({change.event.id for change in changes}) == 2


def test_who_never_stops_makes_events_no_longer_than_the_longest() -> None:
    changes = follow(Calls("hall", "hallway", longest=20), *range(1, 60, 2), until=90)
    closed = [change.event for change in changes if isinstance(change, Closed)]
    assert len(closed) == 3
    assert all(event.duration.total_seconds() <= 21 for event in closed)
    assert sum(isinstance(change, Opened) for change in changes) == 3


def test_the_only_pet_is_who_calls() -> None:
    assert {change.event.pet for change in follow(Calls("hall", "hallway", pet="miso"), 1, until=20)} == {
        "miso"
    }


def test_at_the_end_of_pictures_the_event_ends_and_what_was_not_told_is_dropped() -> None:
    calls = Calls("hall", "hallway")
    calls.hear(call(BARK), START)
    opened = calls.follow(START + 1)
    calls.hear(call(BARK), START + 1)
    (closed,) = calls.close()
    assert isinstance(closed, Closed)
    assert closed.event == opened[0].event
    assert calls.close() == []
    assert calls.follow(START + 5) == []


def test_of_what_nobody_follows_no_more_waits_than_its_bound() -> None:
    calls = Calls("hall", "hallway")
    for second in range(10_000):
        calls.hear(call(BARK), START + second)
    (opened, *rest) = calls.follow(START + 10_000)
    assert len(rest) < 1000
    assert opened.event.start.timestamp() > START + 9000, "the newest are kept"
