"""When it is looked at what, with the time passed in, over either store."""

from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hutch.grafana.client import GrafanaAway
from hutch.grafana.looks import Looks
from hutch.grafana.reconcile import Reconciler
from influx import points
from influx.config import Retention
from influx.corrections import Corrections, Said
from influx.embedded import EmbeddedStore
from influx.late import LateReports, quarters
from influx.schema import LATE_WINDOW
from influx.store import Store
from tests.hutch.grafana.annotations.conftest import of_held, reconciling
from tests.hutch.grafana.annotations.events import NOON, event, write
from tests.hutch.grafana.annotations.held import Held

_WEEK = -7 * 24 * 60


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def go(self, **length: float) -> None:
        self.at += timedelta(**length)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def looks(store: Store, reconciler: Reconciler, clock: Clock) -> Looks:
    return Looks(store, reconciler, clock)


def _settle(looks: Looks, clock: Clock) -> None:
    for _ in range(3):
        looks.look()
        clock.go(seconds=2)


def test_a_clip_that_is_stored_is_there_after_the_next_look(
    store: Store, notes: Held, looks: Looks, clock: Clock
) -> None:
    write(store, event(-9, clip_state="waiting"))
    _settle(looks, clock)
    assert notes.items == {}
    write(store, event(-9))
    looks.look()
    assert len(notes.items) == 1


def test_while_there_is_no_news_grafana_is_asked_once_a_minute(
    store: Store, notes: Held, looks: Looks, clock: Clock
) -> None:
    write(store, event(-9))
    _settle(looks, clock)
    asked = len(notes.asked)
    for _ in range(27):
        looks.look()
        clock.go(seconds=2)
    assert len(notes.asked) == asked
    for _ in range(30):
        looks.look()
        clock.go(seconds=2)
    assert len(notes.asked) == asked + 1


def test_what_grows_older_than_the_newest_is_no_news(
    store: Store, notes: Held, looks: Looks, clock: Clock
) -> None:
    write(store, event(-14.9))
    _settle(looks, clock)
    asked = len(notes.asked)
    clock.go(seconds=20)
    looks.look()
    assert len(notes.asked) == asked


def test_a_correction_and_a_clip_that_is_pruned_are_seen_at_once(
    store: Store, notes: Held, looks: Looks, clock: Clock
) -> None:
    write(store, event(-9), event(-8))
    _settle(looks, clock)
    Corrections(store, "pi").correct(event(-9).point(), Said("tofu", "playing"), person="ada", now=NOON)
    write(store, event(-8, clip_state="pruned"))
    looks.look()
    assert [item["tags"][1] for item in notes.items.values()] == ["tofu"]


def test_what_happens_to_the_last_day_is_seen_within_a_minute(
    store: Store, notes: Held, looks: Looks, clock: Clock
) -> None:
    write(store, event(-600))
    _settle(looks, clock)
    write(store, event(-600, clip_state="pruned"), event(-900))
    clock.go(minutes=1)
    looks.look()
    assert [item["time"] for item in notes.items.values()] == [event(-900).start.timestamp() * 1000]


def test_what_was_reported_late_is_seen_within_a_minute(
    store: Store, notes: Held, looks: Looks, clock: Clock
) -> None:
    _settle(looks, clock)
    late = event(_WEEK)
    reports = LateReports("pi").report("pet_event", quarters([points.line(late.point())]), clock())
    store.write(LATE_WINDOW.name, [points.line(report) for report in reports])
    clock.go(minutes=1)
    looks.look()
    write(store, late)  # the report goes first, and is heeded until what it is about must have come
    clock.go(minutes=1)
    looks.look()
    assert len(notes.items) == 1
    clock.go(minutes=2)
    looks.look()
    asked = notes.count("GET")
    clock.go(minutes=1)
    looks.look()
    assert notes.count("GET") == asked + 1


def test_a_report_that_names_no_window_does_no_harm(
    store: Store, notes: Held, looks: Looks, clock: Clock
) -> None:
    tags = {"node": "odd", "measurement": "pet_event"}
    fields: dict[str, str | bool] = {"start": "yesterday", "stop": "1970-01-01T00:00:00+00:00"}
    store.write(LATE_WINDOW.name, [points.line(points.make(LATE_WINDOW, tags, fields, NOON))])
    write(store, event(-9))
    _settle(looks, clock)
    assert len(notes.items) == 1


def test_many_reports_have_everything_looked_at(
    store: Store, notes: Held, looks: Looks, clock: Clock
) -> None:
    _settle(looks, clock)
    happened = [event(_WEEK - 60 * number) for number in range(30)]
    write(store, *happened)
    touched = quarters([points.line(each.point()) for each in happened])
    reports = LateReports("pi").report("pet_event", touched, clock())
    store.write(LATE_WINDOW.name, [points.line(report) for report in reports])
    clock.go(minutes=1)
    for _ in range(4):
        looks.look()
        clock.go(seconds=2)
    assert len(notes.items) == 30


def test_what_was_there_before_hutch_is_put_there_little_by_little_and_news_comes_first(
    store: Store, notes: Held, looks: Looks, clock: Clock
) -> None:
    write(store, *(event(_WEEK - 10 * number) for number in range(260)))
    looks.look()
    assert len(notes.items) == 25
    write(store, event(-1))
    looks.look()
    assert notes.items[26]["time"] == event(-1).start.timestamp() * 1000
    for _ in range(12):
        clock.go(seconds=2)
        looks.look()
    assert len(notes.items) == 261


def test_what_the_store_has_forgotten_goes(tmp_path: Path, notes: Held, clock: Clock) -> None:
    with closing(EmbeddedStore(tmp_path / "points.sqlite", retention=Retention())) as store:
        write(store, event(-9))
        looks = Looks(store, reconciling(store, of_held(notes)), clock)
        _settle(looks, clock)
        assert len(notes.items) == 1
        clock.go(days=800)
        store.expire(clock().timestamp())
        looks.look()
        assert notes.items == {}


def test_everything_is_looked_at_again_after_some_hours(
    store: Store, notes: Held, looks: Looks, clock: Clock
) -> None:
    write(store, event(_WEEK))
    _settle(looks, clock)
    notes.empty()
    clock.go(hours=5)
    looks.look()
    assert notes.items == {}
    clock.go(hours=1)
    looks.look()
    assert len(notes.items) == 1


def test_a_clock_that_is_set_back_stops_nothing(
    store: Store, notes: Held, looks: Looks, clock: Clock
) -> None:
    clock.at = NOON + timedelta(days=400)
    _settle(looks, clock)
    clock.at = NOON
    write(store, event(-9))
    looks.look()
    assert len(notes.items) == 1


def test_a_clock_that_begins_in_1970_stops_nothing(store: Store, looks: Looks, clock: Clock) -> None:
    clock.at = datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
    _settle(looks, clock)


@pytest.mark.parametrize("minutes", [-5, -600, _WEEK + 30])
def test_those_that_grafana_always_fails_at_keep_no_other_back(
    store: Store, notes: Held, looks: Looks, clock: Clock, caplog: pytest.LogCaptureFixture, minutes: float
) -> None:
    notes.stumbled_text = "Monster"
    write(store, *(event(minutes - number, pet="monster") for number in range(4)))
    write(store, *(event(_WEEK - 10 * number) for number in range(220)))
    for _ in range(60):
        with suppress(GrafanaAway):
            looks.look()
        clock.go(seconds=2)
    assert len(notes.items) == 220
    assert len(caplog.messages) == 4
    write(store, event(-1))
    looks.look()
    assert len(notes.items) == 221
    notes.stumbled_text = ""
    clock.go(hours=6)
    for _ in range(20):
        looks.look()
    assert len(notes.items) == 225
