import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx.schema import EVENT_TYPES
from vision.truth import FALSE, MISSED, BadTruth, Found, Score, Truth, Visit, pairs, read_truth

KINDS = st.sampled_from(sorted(EVENT_TYPES))
SPANS = st.tuples(st.floats(0, 100), st.floats(0.2, 50))


def visit(
    kind: str, start: float, end: float, pet: str = "mango", *path: tuple[float, float, float]
) -> Visit:
    return Visit(event_type=kind, start=start, end=end, pet=pet, path=path)


visits = st.lists(st.builds(lambda kind, span: visit(kind, span[0], sum(span)), KINDS, SPANS), max_size=6)
founds = st.lists(st.builds(lambda kind, span: Found(kind, span[0], sum(span)), KINDS, SPANS), max_size=6)


def test_an_event_at_the_time_of_a_visit_is_that_visit() -> None:
    assert pairs([visit("passing", 5, 10)], [Found("sitting", 5.2, 9.9)]) == [(0, 0)]


def test_an_event_that_shares_less_than_half_of_the_shorter_is_another() -> None:
    assert pairs([visit("passing", 5, 10)], [Found("passing", 8, 14)]) == []
    assert pairs([visit("passing", 5, 10)], [Found("passing", 7, 14)]) == [(0, 0)]


def test_of_two_halves_the_longer_is_the_visit_and_the_other_is_false() -> None:
    score = Score()
    score.add([visit("sleeping", 0, 100)], [Found("sitting", 0, 30), Found("sleeping", 31, 100)])
    assert dict(score.types) == {("sleeping", "sleeping"): 1, (FALSE, "sitting"): 1}


def test_where_both_were_known_the_nearer_is_the_one() -> None:
    left = visit("passing", 0, 10, "mango", (1, 0.2, 0.7), (5, 0.2, 0.7))
    right = visit("sitting", 0, 10, "shadow", (1, 0.8, 0.7), (5, 0.8, 0.7))
    here, there = (
        Found("sitting", 0, 10, places={0.0: (0.75, 0.7)}),
        Found("passing", 0, 10, places={0.0: (0.25, 0.6)}),
    )
    assert pairs([left, right], [here, there]) == [(0, 1), (1, 0)]


def test_an_event_far_from_the_visit_is_another() -> None:
    seen = visit("passing", 0, 10, "mango", (1, 0.1, 0.7))
    assert pairs([seen], [Found("passing", 0, 10, places={0.0: (0.9, 0.7)})]) == []
    assert pairs([seen], [Found("passing", 0, 10, places={20.0: (0.9, 0.7)})]) == [(0, 0)]


def test_the_shares_are_of_what_they_say() -> None:
    score = Score()
    score.add(
        [
            visit("passing", 0, 10),
            visit("passing", 20, 30),
            visit("sitting", 40, 60),
            visit("playing", 70, 80),
        ],
        [
            Found("passing", 0.5, 10.9),
            Found("sitting", 20, 30),
            Found("sitting", 40, 62),
            Found("motion", 90, 95),
        ],
    )
    assert (score.visits, score.missed, score.false) == (4, 1, 1)
    assert score.right == 2 / 4
    assert score.in_time == 2 / 3
    assert (score.precision("passing"), score.recall("passing")) == (1.0, 0.5)
    assert (score.precision("sitting"), score.recall("sitting")) == (0.5, 1.0)
    assert (score.precision("playing"), score.recall("playing")) == (None, 0.0)
    assert (score.precision("motion"), score.recall("motion")) == (0.0, None)
    assert score.kinds() == ["motion", "passing", "playing", "sitting"]


def test_nothing_found_where_nothing_was_is_right() -> None:
    score = Score()
    score.add([], [])
    assert (score.right, score.in_time, score.visits, score.false) == (1.0, 1.0, 0, 0)


def test_two_recordings_count_as_much_as_both() -> None:
    one, other, both = Score(), Score(), Score()
    for score in (one, both):
        score.add([visit("passing", 0, 10)], [Found("passing", 0, 12)])
    for score in (other, both):
        score.add([visit("sitting", 0, 10, "shadow")], [])
    one.merge(other)
    assert one == both


@given(visits, founds)
def test_each_visit_and_each_event_counts_once(truth: list[Visit], found: list[Found]) -> None:
    score = Score()
    paired = score.add(truth, found)
    assert len({number for number, _ in paired}) == len({other for _, other in paired}) == len(paired)
    assert score.visits == len(truth)
    assert score.missed == len(truth) - len(paired)
    assert score.false == len(found) - len(paired)
    assert score.types.total() == len(truth) + len(found) - len(paired)
    assert 0 <= score.right <= 1
    assert all(name in EVENT_TYPES for name in score.kinds())
    assert sum(count for (_, event), count in score.types.items() if event == MISSED) == score.missed


@given(visits)
def test_what_was_found_exactly_is_all_right(truth: list[Visit]) -> None:
    found = [Found(one.event_type, one.start, one.end, one.pet) for one in truth]
    score = Score()
    score.add(truth, found)
    assert (score.missed, score.false, score.in_time) == (0, 0, 1.0)


WHOLE = {
    "scripted": True,
    "infrared": False,
    "zones": [{"name": "bowl", "kind": "food", "polygon": [[0.7, 0.6], [0.8, 0.6], [0.8, 0.8]]}],
    "events": [{"pet": "mango", "event_type": "eating_drinking", "start": 4.2, "end": 31.0}],
    "together": [{"pets": ["mango", "shadow"], "start": 12.0, "end": 15.4}],
}


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(WHOLE))
    truth = read_truth(tmp_path / "a.json")
    (tmp_path / "b.json").write_text(truth.model_dump_json())
    assert read_truth(tmp_path / "b.json") == truth
    assert truth.events[0].event_type == "eating_drinking"


def test_only_events_are_needed(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"events": [{"event_type": "passing", "start": 1, "end": 2}]}')
    assert read_truth(tmp_path / "a.json") == Truth(events=(Visit(event_type="passing", start=1, end=2),))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no", "Invalid JSON"),
        ("{}", "events: Field required"),
        ('{"events": [{"event_type": "flying", "start": 1, "end": 2}]}', "'flying' is no event type"),
        (
            '{"events": [{"event_type": "passing", "start": 3, "end": 2}]}',
            "ends at 2 s, before it starts at 3 s",
        ),
        ('{"events": [], "zone": []}', "zone: Extra inputs"),
    ],
)
def test_what_is_no_truth_is_said_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(BadTruth, match=r"a\.json is no truth file") as raised:
        read_truth(tmp_path / "a.json")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadTruth, match="cannot be read: No such file"):
        read_truth(tmp_path / "none.json")
