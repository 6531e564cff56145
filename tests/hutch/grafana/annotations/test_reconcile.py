"""What should be there and what is, over either store; whatever failed, the next time it is right."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import pairwise, product

import pytest

from hutch.grafana.annotations import Site
from hutch.grafana.client import GrafanaAway, GrafanaRefused
from hutch.grafana.reconcile import Reconciler, steps
from influx.corrections import Corrections, Said
from influx.schema import PET_EVENT
from influx.store import Store
from influx.windows import ALL_TIME
from tests.daemon import until
from tests.hutch.grafana.annotations.conftest import Notes, of_held, reconciling
from tests.hutch.grafana.annotations.events import DAY, NOON, event, texts, write
from tests.hutch.grafana.annotations.held import Fault, Held

PLAYED = "Miso played for 12\u202fs, Miso's cage"
FOREIGN = {"time": DAY.start.timestamp() * 1000 + 5, "tags": ["clip"], "text": "a person wrote this"}


def test_each_event_with_a_clip_is_there_once(store: Store, notes: Held, reconciler: Reconciler) -> None:
    write(store, event(1), event(2), event(3, clip_state="waiting"), event(4, clip_state="none", clip=""))
    assert reconciler.reconcile(DAY) == {"added": 2}
    assert reconciler.reconcile(DAY) == {}
    assert texts(notes) == [PLAYED.replace("'", "&#x27;")] * 2


def test_two_events_of_one_ms_are_two(store: Store, notes: Held, reconciler: Reconciler) -> None:
    write(store, event(1, track=1), event(1, track=2, pet="tofu"))
    assert reconciler.reconcile(DAY) == {"added": 2}
    assert reconciler.reconcile(DAY) == {}


def test_what_is_corrected_is_changed_in_its_place(store: Store, notes: Held, reconciler: Reconciler) -> None:
    write(store, event(1))
    reconciler.reconcile(DAY)
    Corrections(store, "pi").correct(event(1).point(), Said("tofu", "sleeping"), person="ada", now=NOON)
    assert reconciler.reconcile(DAY) == {"changed": 1}
    ((number, item),) = notes.items.items()
    assert (number, item["tags"]) == (1, ["clip", "tofu", "sleeping", "cam"])
    assert "Tofu slept for" in item["text"]


def test_a_point_that_comes_back_overrules_no_correction(
    store: Store, notes: Held, reconciler: Reconciler
) -> None:
    write(store, event(1))
    Corrections(store, "pi").correct(event(1).point(), Said("tofu", "sleeping"), person="ada", now=NOON)
    write(store, event(1))
    reconciler.reconcile(DAY)
    assert [item["tags"][1] for item in notes.items.values()] == ["tofu"]


def test_what_lost_its_clip_goes(store: Store, notes: Held, reconciler: Reconciler) -> None:
    write(store, event(1), event(2), event(3))
    reconciler.reconcile(DAY)
    write(store, event(1, clip_state="pruned"))
    gone = event(2).point()
    store.delete(PET_EVENT.name, gone.tags, gone.time_ns)
    assert reconciler.reconcile(DAY) == {"removed": 2}
    assert list(notes.items) == [1]  # the newest was added first


def test_what_others_wrote_stays_as_it_is(store: Store, notes: Held, reconciler: Reconciler) -> None:
    write(store, event(1))
    on_a_dashboard = {
        **FOREIGN,
        "text": f'<a href="https://hutch.example.org/clips/{event(9).id}">',
        "dashboardId": 7,
    }
    of_another_home = {**FOREIGN, "text": f'<a href="https://other.example.org/clips/{event(9).id}">'}
    for item in (FOREIGN, on_a_dashboard, of_another_home):
        notes.put(item)
    before = dict(notes.items)
    assert reconciler.reconcile(DAY) == {"added": 1}
    assert reconciler.reconcile(DAY, anew=True) == {"added": 1, "removed": 1}
    assert {number: notes.items[number] for number in before} == before


def test_what_is_superfluous_goes_and_what_leads_elsewhere_is_led_here(
    store: Store, notes: Held, reconciler: Reconciler
) -> None:
    write(store, event(1))
    reconciler.reconcile(DAY)
    notes.items[1]["text"] = notes.items[1]["text"].replace("hutch.example.org", "old.example.org")
    notes.put(
        {**FOREIGN, "text": f'<a href="https://hutch.example.org/clips/{event(9).id}">no such event</a>'}
    )
    assert reconciler.reconcile(DAY) == {"changed": 1, "removed": 1}
    assert "https://hutch.example.org/clips" in notes.items[1]["text"]


def test_of_several_the_right_one_stays(store: Store, notes: Held, reconciler: Reconciler) -> None:
    write(store, event(1))
    reconciler.reconcile(DAY)
    right = dict(notes.items[1])
    notes.items[1]["text"] += "!"
    notes.put(right)
    notes.put(right)
    assert reconciler.reconcile(DAY) == {"removed": 2}
    assert list(notes.items) == [2]


def test_what_a_person_moved_or_wrote_into_is_put_right(
    store: Store, notes: Held, reconciler: Reconciler
) -> None:
    write(store, event(1), event(2))
    reconciler.reconcile(DAY)
    notes.items[1]["time"] += 60_000
    notes.items[2]["text"] = notes.items[2]["text"].replace("played", "sang")
    assert reconciler.reconcile(DAY) == {"changed": 2}
    assert reconciler.reconcile(DAY) == {}


def test_an_emptied_grafana_is_filled_again(store: Store, notes: Held, reconciler: Reconciler) -> None:
    write(store, event(1), event(2))
    reconciler.reconcile(DAY)
    notes.empty()
    assert reconciler.reconcile(DAY) == {"added": 2}
    assert len(notes.items) == 2


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("POST", Fault.HALF),
        *product(["POST", "PUT", "DELETE", "GET"], [Fault.UNAVAILABLE, Fault.BROKEN, Fault.LOST]),
    ],
)
def test_whatever_fails_each_is_there_once_in_the_end(
    store: Store, notes: Held, reconciler: Reconciler, method: str, fault: Fault
) -> None:
    write(store, event(1), event(2), event(3), event(4))
    reconciler.reconcile(DAY)
    write(store, event(1, clip_state="pruned"), event(2, seconds=20), event(5), event(6))
    notes.fail(method, fault, fault)
    with pytest.raises(GrafanaAway):
        reconciler.reconcile(DAY)
    for _ in range(2):
        with suppress(GrafanaAway):
            reconciler.reconcile(DAY)
    assert len(notes.items) == 5
    assert all("clip" in tags for tags in notes.tags.values()), "no dashboard finds it without its tags"
    assert reconciler.reconcile(DAY) == {}


def test_an_answer_that_comes_too_late_makes_no_second_one(store: Store, notes: Held) -> None:
    write(store, event(1))
    hasty = reconciling(store, of_held(notes), timeout=0.3)
    notes.fail("POST", Fault.HELD)
    with pytest.raises(GrafanaAway, match=r"no answer within 0\.3 s"):
        hasty.reconcile(DAY)
    assert hasty.reconcile(DAY) == {}
    assert notes.count("POST") == 1


def test_one_that_lands_after_the_next_look_is_found_by_the_one_after(store: Store, notes: Held) -> None:
    write(store, event(1))
    hasty = reconciling(store, of_held(notes), timeout=0.3)
    notes.fail("POST", Fault.LATE)
    with pytest.raises(GrafanaAway):
        hasty.reconcile(DAY)
    assert hasty.reconcile(DAY) == {"added": 1}
    notes.let_go.set()
    until("it landed", lambda: len(notes.items) == 2, 10)
    assert hasty.reconcile(DAY) == {"removed": 1}
    assert len(notes.items) == 1


def test_what_is_refused_for_itself_keeps_no_other_back(
    store: Store, notes: Held, reconciler: Reconciler, caplog: pytest.LogCaptureFixture
) -> None:
    write(store, event(1), event(2, pet="monster"), event(3))
    notes.refused_text = "Monster"
    assert reconciler.reconcile(DAY) == {"added": 2}
    assert reconciler.reconcile(DAY) == {}
    (line,) = caplog.messages
    assert line.startswith(f"the annotation of {event(2).id} is left out: Grafana at {notes.url} answers 413")


def test_who_may_only_look_does_nothing(store: Store, notes: Held) -> None:
    write(store, event(1))
    looking = Notes(notes.url, lambda _: notes.token("Viewer"))
    with pytest.raises(GrafanaRefused, match="403"):
        reconciling(store, looking).reconcile(DAY)
    assert notes.items == {}


@pytest.mark.parametrize("fault", [Fault.MOVED, Fault.TALKED])
def test_what_is_no_grafana_is_told_apart(
    store: Store, notes: Held, reconciler: Reconciler, fault: Fault
) -> None:
    write(store, event(1))
    notes.always = fault
    with pytest.raises(GrafanaAway, match=r"sends us elsewhere|is it a Grafana"):
        reconciler.reconcile(DAY)


def test_no_more_is_done_than_was_asked_for(store: Store, notes: Held, reconciler: Reconciler) -> None:
    write(store, *(event(minute) for minute in range(7)))
    assert reconciler.reconcile(DAY, most=5) == {"added": 5}
    assert reconciler.reconcile(DAY, most=5) == {"added": 2}


def test_after_stop_nothing_more_is_done(store: Store, notes: Held) -> None:
    write(store, event(1), event(2))
    stop = threading.Event()

    @contextmanager
    def told_to_stop() -> Iterator[None]:
        stop.set()
        yield

    stopping = Reconciler(store, of_held(notes).graphs(), Site("", {}), told_to_stop, stop)
    assert stopping.reconcile(DAY) == {}
    assert notes.count("POST") == 0
    asked = len(notes.asked)
    assert stopping.reconcile(DAY) == {}
    assert len(notes.asked) == asked


def test_steps_cover_all_time_and_a_rebuild_makes_each_anew(
    store: Store, notes: Held, reconciler: Reconciler
) -> None:
    write(store, *(event(-number) for number in range(450)))
    parts = list(steps(store, DAY.stop))
    assert len(parts) == 3
    assert (parts[0].stop, parts[-1].start) == (DAY.stop, ALL_TIME.start)
    assert all(later.start == earlier.stop for later, earlier in pairwise(parts))
    made = [reconciler.reconcile(part) for part in parts]
    assert sum(each["added"] for each in made) == 450
    again = [reconciler.reconcile(part, anew=True) for part in parts]
    assert sum(each["removed"] for each in again) == sum(each["added"] for each in again) == 450
    assert len(notes.items) == 450


def test_an_event_at_the_edge_of_a_window_is_in_one_of_them(
    store: Store, notes: Held, reconciler: Reconciler
) -> None:
    write(store, event(0))
    moment = NOON + timedelta(microseconds=400)
    earlier, later = type(DAY)(DAY.start, moment), type(DAY)(NOON + timedelta(milliseconds=1), DAY.stop)
    assert reconciler.reconcile(earlier) == {"added": 1}
    assert reconciler.reconcile(later) == {}
