"""What Hutch counts on of Grafana's annotations, on the stand-in and, where there is one, on Grafana."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from hutch.grafana.annotations import Annotation, kept_tags
from hutch.grafana.client import GrafanaRefused, connect
from hutch.grafana.graphs import Drawn, Graphs
from influx.embedded import EmbeddedStore
from influx.windows import ALL_TIME, Window
from tests.hutch.grafana.annotations.conftest import Notes, reconciling
from tests.hutch.grafana.annotations.events import DAY, event, write

_days = count()
TEXT = (
    '<a href="https://h/clips/x"><img src="https://h/s" width="240"><br>Müsli’s &lt;b&gt; 12\u202fs &amp;</a>'
)


@pytest.fixture
def day(any_notes: Notes) -> Iterator[Window]:
    """A day of one's own, on which there is nothing."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=next(_days))
    window = Window(start, start + timedelta(days=1))
    yield window
    graphs = any_notes.graphs()
    for drawn in graphs.find(window, tagged=False):
        graphs.remove(drawn)


@pytest.fixture
def graphs(any_notes: Notes) -> Graphs:
    return any_notes.graphs()


def at(day: Window, ms: int, length: int = 1000, tags: tuple[str, ...] = ("clip", "miso")) -> Annotation:
    start = int(day.start.timestamp() * 1000) + ms
    return Annotation(start, start + length, tags, TEXT)


def shown(found: list[Drawn]) -> list[Annotation]:
    return [drawn.annotation for drawn in found]


def test_what_is_added_is_found_as_it_was_told(graphs: Graphs, day: Window) -> None:
    graphs.add(at(day, 5000))
    assert shown(graphs.find(day)) == [at(day, 5000)]


def test_the_same_added_twice_is_there_twice(graphs: Graphs, day: Window) -> None:
    graphs.add(at(day, 5000))
    graphs.add(at(day, 5000))
    first, second = graphs.find(day)
    assert first.id < second.id


def test_only_what_begins_in_the_window_is_found(graphs: Graphs, day: Window) -> None:
    for ms in (-1, 0, 86_400_000 - 1, 86_400_000):
        graphs.add(at(day, ms))
    assert shown(graphs.find(day)) == [at(day, 0), at(day, 86_400_000 - 1)]
    wider = Window(day.start - timedelta(seconds=1), day.stop + timedelta(seconds=1))
    for drawn in graphs.find(wider):
        graphs.remove(drawn)


def test_one_moment_is_a_region_too(graphs: Graphs, day: Window) -> None:
    graphs.add(at(day, 7, 0))
    assert shown(graphs.find(day)) == [at(day, 7, 0)]


def test_more_than_an_answer_holds_are_found_in_parts(any_notes: Notes, day: Window) -> None:
    graphs = any_notes.graphs(most=4)
    wanted = [at(day, number * 3_600_000 + number, 30_000) for number in range(9)]
    for annotation in wanted:
        graphs.add(annotation)
    assert shown(graphs.find(day)) == wanted


def test_more_than_an_answer_holds_may_be_of_one_moment(any_notes: Notes, day: Window) -> None:
    graphs = any_notes.graphs(most=2)
    wanted = [at(day, 1000 + number, 30_000) for number in range(9)]
    for annotation in wanted:
        graphs.add(annotation)
    assert shown(graphs.find(day)) == wanted


def test_all_time_can_be_asked_for(graphs: Graphs, day: Window) -> None:
    graphs.add(at(day, 3))
    assert at(day, 3) in shown(graphs.find(ALL_TIME))


@pytest.mark.parametrize(
    "tags",
    [
        ("clip", "miso", "miso", "cam"),
        ("clip", "a:b:c", " spaced ", "x:y"),
        ("clip", ":nothing", "key:", "tabbed\t"),
        ("clip", "Ünïcødé 🐹", 'quo"te', "back\\slash", "com,ma"),
        ("clip", "x" * 64, "y" * 64, "z" * 64),
    ],
)
def test_tags_come_back_as_we_expect_them(graphs: Graphs, day: Window, tags: tuple[str, ...]) -> None:
    graphs.add(at(day, 1, tags=tags))
    assert shown(graphs.find(day)) == [at(day, 1, tags=kept_tags(tags))]
    graphs.change(graphs.find(day)[0], at(day, 2, tags=kept_tags(tags)))
    assert shown(graphs.find(day)) == [at(day, 2, tags=kept_tags(tags))]


def test_what_is_changed_is_changed_wholly(graphs: Graphs, day: Window) -> None:
    graphs.add(at(day, 5000))
    (drawn,) = graphs.find(day)
    start = drawn.annotation.start
    other = Annotation(start - 10, start + 99, ("clip", "tofu", "sleeping"), "another")
    graphs.change(drawn, other)
    assert graphs.find(day) == [Drawn(drawn.id, other)]


def test_what_is_removed_is_gone_and_may_be_removed_again(graphs: Graphs, day: Window) -> None:
    graphs.add(at(day, 5000))
    (drawn,) = graphs.find(day)
    graphs.remove(drawn)
    assert graphs.find(day) == []
    graphs.remove(drawn)
    graphs.change(drawn, at(day, 1))
    assert graphs.find(day) == []


def test_what_has_other_tags_is_found_only_where_tags_do_not_matter(graphs: Graphs, day: Window) -> None:
    graphs.add(at(day, 1, tags=("mine",)))
    assert graphs.find(day) == []
    assert shown(graphs.find(day, tagged=False)) == [at(day, 1, tags=("mine",))]


def test_a_stranger_is_told_what_to_do(any_notes: Notes, day: Window) -> None:
    strangers = any_notes.config().grafana
    graphs = Graphs(strangers, connect(strangers, {"HUTCH_GRAFANA_TOKEN": "glsa_wrong"}))
    with pytest.raises(GrafanaRefused, match="answers 401; put the token of a service account") as refused:
        graphs.find(day)
    assert refused.value.status == 401


def test_who_only_looks_is_told_what_to_do(any_notes: Notes, day: Window) -> None:
    with pytest.raises(GrafanaRefused, match="answers 403; give the service account"):
        any_notes.graphs("Viewer").add(at(day, 1))


def test_an_annotation_without_a_text_is_refused(graphs: Graphs, day: Window) -> None:
    with pytest.raises(GrafanaRefused, match="answers 400"):
        graphs.add(Annotation(at(day, 1).start, at(day, 1).stop, ("clip",), ""))


def test_every_kind_of_event_is_there_once_and_differs_no_more(any_notes: Notes, tmp_path: Path) -> None:
    pets = ("miso", "unknown", "none", "sir:tom:x", "Clip", "mü ller", "<b>&'\"", "x" * 48)
    with closing(EmbeddedStore(tmp_path / "points.sqlite")) as store:
        write(store, *(event(number, pet=pet) for number, pet in enumerate(pets)))
        write(store, event(30, snapshot=""), event(31, seconds=0), event(32, event_type="recording"))
        write(store, event(40, event_type="timelapse"))  # it would lie over the whole day
        reconciler = reconciling(store, any_notes)
        assert reconciler.reconcile(DAY) == {"added": 11}
        assert reconciler.reconcile(DAY) == {}
        write(store, event(0, seconds=13), event(1, clip_state="pruned", pet="unknown"))
        assert reconciler.reconcile(DAY) == {"changed": 1, "removed": 1}
        assert reconciler.reconcile(DAY) == {}
        for drawn in (graphs := any_notes.graphs()).find(DAY):
            graphs.remove(drawn)
