"""Every store keeps the protocol, and all give the same answers as a plain recomputation."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from influx.cursor import CursorError
from influx.lines import parse_line
from influx.plan import plan as plan_with
from influx.points import MAX_STRING_BYTES, Point, PointError, line, make, to_ns
from influx.schema import (
    ALERT_SETTING,
    CAMERA,
    ENVIRONMENT,
    JOURNAL,
    MEASUREMENTS,
    PET_ACTIVITY,
    PET_EVENT,
    PIPELINE,
    REGISTRY,
)
from influx.steps import Grid
from influx.store import DensityQuery, Page, Rejected, RowQuery, Store
from influx.windows import Aggregate, Plan, Source, Window
from influx.words import FieldType
from tests.influx.horizons import RAW
from tests.influx.reference import Reference, same
from tests.influx.strategies import AWKWARD, points

plan = partial(plan_with, horizon=RAW)
EPOCH_NS = 1_700_000_000_000_000_000
SLOT = timedelta(seconds=300)
_slots = itertools.count()


def next_window() -> Window:
    """A stretch of time that no other test has written into."""
    start = datetime.fromtimestamp(EPOCH_NS // 10**9, UTC) + next(_slots) * SLOT
    return Window(start, start + SLOT)


def ns(window: Window, seconds: float = 0, plus: int = 0) -> int:
    return int(window.start.timestamp()) * 10**9 + round(seconds * 10**9) + plus


def climate(at: int, sensor: str = "a", location: str = "nursery", **fields: float) -> Point:
    return make(ENVIRONMENT, {"node": "pi", "sensor": sensor, "location": location}, dict(fields), at)


def event(at: int, pet: str = "miso", **fields: float | str) -> Point:
    tags = {"camera": "cage", "location": "room", "pet": pet, "event_type": "playing"}
    return make(PET_EVENT, tags, {"duration": 1.0, **fields}, at)


def put(store: Store, *given: Point) -> None:
    for name, group in itertools.groupby(sorted(given, key=lambda p: p.measurement), lambda p: p.measurement):
        store.write(name, [line(point) for point in group])


def test_a_point_comes_back_exactly(store: Store) -> None:
    window = next_window()
    given = event(ns(window, 1, plus=123_456_789), event_id="x", clip="", revision=2**53 + 1, confidence=0.1)
    put(store, given)
    assert store.rows(RowQuery("pet_event", window)) == Page((given,), None)


@pytest.mark.parametrize("character", ["<", '"', "\x01", "\n", "ü"])
def test_the_largest_point_comes_back_exactly(store: Store, character: str) -> None:
    """In an answer each character may be escaped by six."""
    window = next_window()
    most = character * (MAX_STRING_BYTES // len(character.encode()))
    names = [field.name for field in PET_EVENT.fields if field.type is FieldType.STRING]
    given = event(ns(window), **dict.fromkeys(names, most))
    put(store, given, event(ns(window, 1)))
    assert store.rows(RowQuery("pet_event", window, limit=1)).points == (event(ns(window, 1)),)
    assert store.rows(RowQuery("pet_event", window)).points == (event(ns(window, 1)), given)
    assert store.latest("pet_event", Window(window.start, window.start + SLOT / SLOT.seconds)) == [given]
    lines = itertools.chain.from_iterable(store.lines("pet_event", window))
    assert [parse_line(text) for text in lines] == [given, event(ns(window, 1))]


def test_writing_a_point_again_overwrites_its_fields_and_leaves_the_others(store: Store) -> None:
    window = next_window()
    put(store, climate(ns(window), temperature=20.0, humidity=50.0))
    put(store, climate(ns(window), temperature=21.0, pressure=1000.0))
    (found,) = store.rows(RowQuery("environment", window)).points
    assert found.fields == {"temperature": 21.0, "humidity": 50.0, "pressure": 1000.0}


def test_the_later_of_two_equal_points_in_one_batch_counts(store: Store) -> None:
    window = next_window()
    put(store, *(climate(ns(window), temperature=float(t)) for t in (1, 3, 2)))
    assert store.latest("environment", window) == [climate(ns(window), temperature=2.0)]


def test_writing_nothing_is_no_error(store: Store) -> None:
    store.write("environment", [])


@pytest.mark.parametrize(
    "bad",
    [
        "environment,node=a,sensor=b,location=c temperature=warm 1700000000000000000",
        "environment,node=a,sensor=b,location=c temperature= 1700000000000000000",
        "environment,node=a,sensor=b,location=c",
        "environment,node=a,sensor=b,location=c temperature=1 soon",
    ],
)
def test_a_line_that_is_none_is_rejected(store: Store, bad: str) -> None:
    with pytest.raises(Rejected):
        store.write("environment", [bad])


def test_a_field_of_another_type_is_rejected(store: Store) -> None:
    window = next_window()
    put(store, climate(ns(window), temperature=20.0))
    with pytest.raises(Rejected):
        store.write(
            "environment", [f'environment,location=nursery,node=pi,sensor=a temperature="x" {ns(window, 1)}']
        )


def test_an_unknown_measurement_is_rejected(store: Store) -> None:
    with pytest.raises(Rejected, match="weather"):
        store.write("weather", ["weather,a=b c=1 1700000000000000000"])


def test_a_window_has_its_start_and_not_its_stop(store: Store) -> None:
    window = next_window()
    inner = Window(window.start + timedelta(seconds=10), window.start + timedelta(seconds=20))
    times = [ns(window, 10, -1), ns(window, 10), ns(window, 20, -1), ns(window, 20)]
    put(store, *(climate(at, temperature=float(n)) for n, at in enumerate(times)))
    found = [p.fields["temperature"] for p in store.rows(RowQuery("environment", inner)).points]
    assert found == [2.0, 1.0]
    assert store.latest("environment", inner) == [climate(times[2], temperature=2.0)]
    counted = plan("environment", ("temperature",), inner, aggregates=(Aggregate.COUNT, Aggregate.MAX))
    assert [values for _, values in store.series(counted)[0].rows] == [(1.0, 1.0), (1.0, 2.0)]


def test_steps_are_aligned_to_the_epoch_even_where_the_window_is_not(store: Store) -> None:
    window = next_window()
    odd = Window(window.start + timedelta(seconds=7, microseconds=1), window.stop)
    put(store, *(climate(ns(window, s), temperature=float(s)) for s in (5, 8, 31, 59, 60, 140)))
    (series,) = store.series(plan("environment", ("temperature",), odd, every=timedelta(seconds=30)))
    base = int(window.start.timestamp())
    assert base % 30 == 20, "the slots were chosen so that a step begins before them"
    assert [(int(at.timestamp()) - base, value) for at, (value,) in series.rows] == [
        (-20, 8.0),
        (10, 31.0),
        (40, 59.5),
        (130, 140.0),
    ]


def test_a_mean_over_several_series_is_that_of_all_points(store: Store) -> None:
    window = next_window()
    put(store, *(climate(ns(window, s), "a", temperature=10.0) for s in range(10, 13)))
    put(store, climate(ns(window, 10), "b", temperature=20.0))
    merged = plan("environment", ("temperature",), window, every=timedelta(seconds=10), group=("location",))
    (series,) = store.series(merged)
    assert series.tags == {"location": "nursery"}
    assert [value for _, value in series.rows] == [(12.5,)]


def test_fields_are_none_where_a_step_lacks_them_and_empty_steps_have_no_row(store: Store) -> None:
    window = next_window()
    put(store, climate(ns(window, 10), temperature=1.0), climate(ns(window, 50), humidity=2.0))
    asked = plan("environment", ("temperature", "humidity", "pressure"), window, every=timedelta(seconds=10))
    (series,) = store.series(asked)
    assert [value for _, value in series.rows] == [(1.0, None, None), (None, 2.0, None)]
    only_pressure = plan("environment", ("pressure",), window)
    assert store.series(only_pressure) == []


def test_of_two_series_with_a_last_point_at_the_same_time_the_last_by_its_tags_counts(store: Store) -> None:
    window = next_window()
    for sensor, value in (("b", 2.0), ("ä", 4.0), ("a", 1.0), ("z", 3.0)):
        put(store, climate(ns(window, 10), sensor, temperature=value))
    asked = plan("environment", ("temperature",), window, aggregates=(Aggregate.LAST,), group=())
    (series,) = store.series(asked)
    assert [value for _, value in series.rows] == [(4.0,)]


def test_text_can_be_counted(store: Store) -> None:
    window = next_window()
    put(store, event(ns(window, 1), clip_state="stored"), event(ns(window, 2), clip_state="none"))
    counted = plan("pet_event", ("clip_state", "revision"), window, aggregates=(Aggregate.COUNT,), group=())
    assert sum(row[0] or 0 for _, row in store.series(counted)[0].rows) == 2


def test_integers_beyond_what_a_sum_of_64_bits_holds_are_averaged(store: Store) -> None:
    window = next_window()
    tags = {"node": "pi", "part": "spool"}
    put(store, *(make(PIPELINE, tags, {"accepted": 2**63 - 1}, ns(window, 10, n)) for n in range(4)))
    both = (Aggregate.MEAN, Aggregate.SUM)
    (series,) = store.series(plan("pipeline", ("accepted", "oldest_age"), window, aggregates=both))
    assert [row for _, row in series.rows] == [(2.0**63, 2.0**65, None, None)]


def test_latest_takes_each_field_where_it_was_last_written(store: Store) -> None:
    window = next_window()
    put(store, climate(ns(window, 1), temperature=20.0, humidity=50.0), climate(ns(window, 2), humidity=51.0))
    put(store, climate(ns(window, 3), "b", temperature=30.0))
    expected = [
        climate(ns(window, 2), temperature=20.0, humidity=51.0),
        climate(ns(window, 3), "b", temperature=30.0),
    ]
    assert store.latest("environment", window) == expected
    assert store.latest("environment", window, {"sensor": "b"}) == expected[1:]
    assert store.latest("environment", window, {"sensor": "c"}) == []
    assert store.latest("environment", window, {"sensor": ("b", "c")}) == expected[1:]
    assert store.latest("environment", window, {"sensor": ()}) == []


def test_latest_takes_the_fields_that_are_named_and_no_others(store: Store) -> None:
    window = next_window()
    put(store, climate(ns(window, 1), temperature=20.0, humidity=50.0), climate(ns(window, 2), humidity=51.0))
    put(store, climate(ns(window, 3), "b", humidity=30.0))
    [found] = store.latest("environment", window, fields=["temperature"])
    assert found == climate(ns(window, 1), temperature=20.0)
    both = store.latest("environment", window, {"sensor": "a"}, ("temperature", "humidity"))
    assert both == [climate(ns(window, 2), temperature=20.0, humidity=51.0)]
    with pytest.raises(KeyError):
        store.latest("environment", window, fields=["x"])


def test_rows_are_filtered_by_tags_any_of_several_tags_and_fields(store: Store) -> None:
    window = next_window()
    states = ("stored", "none", "stored", "pruned")
    put(store, *(event(ns(window, n), "ab"[n % 2], clip_state=state) for n, state in enumerate(states)))
    put(store, event(ns(window, 9), "c"))

    def seconds(**question: object) -> list[int]:
        page = store.rows(RowQuery("pet_event", window, **question))  # type: ignore[arg-type]
        return [(point.time_ns - ns(window)) // 10**9 for point in page.points]

    assert seconds(tags={"pet": "a"}) == [2, 0]
    assert seconds(tags={"pet": ("a", "c")}) == [9, 2, 0]
    assert seconds(tags={"pet": ()}) == []
    assert seconds(fields={"clip_state": "stored"}) == [2, 0]
    assert seconds(tags={"pet": "b"}, fields={"clip_state": "none", "duration": 1}) == [1]
    assert seconds(fields={"snapshot": "never written"}) == []


def test_pages_neither_skip_nor_repeat_points_of_one_time_while_others_come_and_go(store: Store) -> None:
    window = next_window()
    given = [event(ns(window, 5), pet) for pet in "abcdefg"] + [event(ns(window, 6), "a")]
    put(store, *given)
    first = store.rows(RowQuery("pet_event", window, limit=3))
    put(store, event(ns(window, 7), "new"))
    store.delete("pet_event", first.points[-1].tags, first.points[-1].time_ns)
    second = store.rows(RowQuery("pet_event", window, limit=3, before=first.next))
    third = store.rows(RowQuery("pet_event", window, limit=3, before=second.next))
    found = [(point.time_ns, point.tags["pet"]) for page in (first, second, third) for point in page.points]
    assert found == sorted(((p.time_ns, p.tags["pet"]) for p in given), reverse=True)
    assert third.next is None


def test_pages_reach_over_years(store: Store) -> None:
    years = [datetime(year, 3, 1, tzinfo=UTC) for year in (2001, 2002, 2004, 2010)]
    tags = {"rule": "heat", "subject_kind": "pet", "subject": "miso"}
    put(store, *(make(ALERT_SETTING, tags, {"high": float(moment.year)}, moment) for moment in years))
    window = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    found: list[object] = []
    cursor = None
    while len(found) <= len(years):
        page = store.rows(RowQuery("alert_setting", window, limit=2, before=cursor))
        found += [point.fields["high"] for point in page.points]
        cursor = page.next
        if cursor is None:
            break
    assert found == [2010.0, 2004.0, 2002.0, 2001.0]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"tags": {"pet": "gone"}},
        {"tags": {"pet": ("gone", "b")}},
        {"tags": {"pet": "b"}, "fields": {"clip_state": "stored"}},
        {"fields": {"clip_state": "stored"}},
        {"fields": {"clip_state": "lost"}},
        {"fields": {"clip_state": "stored", "revision": 1}},
        {"fields": {"revision": 1}},
        {"tags": {"event_type": "jumping"}},
    ],
    ids=str,
)
@pytest.mark.parametrize("limit", [1, 3, 11])
def test_pages_through_months_find_what_is_rare_and_all_of_one_time(
    store: Store, months_of_events: tuple[Point, ...], asked: dict[str, Any], limit: int
) -> None:
    given = months_of_events
    query = RowQuery(PET_EVENT.name, MONTHS, limit=limit, **asked)
    wanted = [
        (point.time_ns, point.tags["pet"])
        for point in given
        if all(point.tags[name] in value for name, value in query.tags.items())
        and all(point.fields.get(name) == value for name, value in query.fields.items())
    ]
    found: list[tuple[int, str]] = []
    while len(found) <= len(given):
        page = store.rows(query)
        found += [(point.time_ns, point.tags["pet"]) for point in page.points]
        assert len(page.points) == limit or page.next is None, "a page that is not full is the last"
        if page.next is None:
            break
        query = replace(query, before=page.next)
    assert found == sorted(wanted, reverse=True)


MONTHS = Window(datetime(2019, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def months_of_events(store: Store) -> tuple[Point, ...]:
    """Events that become rarer the longer ago they are, many of them in one ns, in the store."""
    start = to_ns(MONTHS.stop)
    given: list[Point] = []
    for number in range(60):
        at = start - 10**9 * (1 + number**4)
        pets = ("a", "b", "c", "d", "gone") if number > 50 else ("a", "b", "c", "d")
        # Now and then more begin at once than a page has room for.
        for pet in (*pets, *(f"many{n:02}" for n in range(25 * (number % 20 == 7)))):
            state = "stored" if number < 12 or (number, pet) == (58, "b") else "pruned"
            kept = "lost" if (number, pet) == (40, "c") else state
            given.append(event(at, pet, clip_state=kept, revision=number % 2))
    put(store, *given)
    return tuple(given)


@pytest.mark.parametrize("cursor", ["", "x", "bnVsbA", "WzFd", "é", "W10", "WzEsMiwzLDQsNV0", "W" * 5000])
def test_a_cursor_that_no_page_gave_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(CursorError, match="first page"):
        store.rows(RowQuery("pet_event", next_window(), before=cursor))


def test_deleting_takes_one_point_and_leaves_its_neighbours(store: Store) -> None:
    window = next_window()
    given = [climate(ns(window, 1, n), s, temperature=1.0) for n in (0, 1, 2) for s in ("a", "b")]
    put(store, *given)
    store.delete("environment", given[2].tags, given[2].time_ns)
    store.delete("environment", given[2].tags, given[2].time_ns)
    left = store.rows(RowQuery("environment", window)).points
    assert sorted(left, key=lambda p: (p.time_ns, p.tags["sensor"])) == given[:2] + given[3:]
    put(store, given[2])
    assert len(store.rows(RowQuery("environment", window)).points) == len(given)


@pytest.mark.parametrize("text", AWKWARD)
def test_no_text_is_anything_but_text(store: Store, text: str) -> None:
    window = next_window()
    tags = {"person": text, "entry_type": "food"}
    point = make(JOURNAL, tags, {"note": text, "name": "", "amount": 1.0}, ns(window))
    other = make(JOURNAL, {"person": "other", "entry_type": "food"}, {"note": text}, ns(window))
    put(store, point, other)
    assert store.rows(RowQuery("journal", window, tags={"person": text})).points == (point,)
    assert len(store.rows(RowQuery("journal", window, fields={"note": text})).points) == 2
    assert store.latest("journal", window, {"person": text}) == [point]
    (series,) = store.series(plan("journal", ("amount",), window, tags={"person": text}))
    assert series.tags == tags
    store.delete("journal", tags, point.time_ns)
    assert store.rows(RowQuery("journal", window)).points == (other,)


def test_questions_in_words_that_the_vocabulary_lacks_are_refused(store: Store) -> None:
    window = next_window()
    with pytest.raises(KeyError, match="it has camera"):
        RowQuery("pet_event", window, tags={'x" = 1 --': "a"})
    with pytest.raises(KeyError, match="it has event_id"):
        RowQuery("pet_event", window, fields={"colour": "a"})
    with pytest.raises(PointError, match=r"pet_event\.duration must be float"):
        RowQuery("pet_event", window, fields={"duration": "long"})
    with pytest.raises(ValueError, match="page of 0"):
        RowQuery("pet_event", window, limit=0)
    with pytest.raises(KeyError, match="it has location"):
        store.latest("environment", window, {'x" = 1 --': "a"})
    for words in ({"group": ('x" --',)}, {"fields": ('x" --',)}, {"tags": {'x" --': "a"}}):
        made = {"fields": ("temperature",), "group": (), "tags": {}} | words
        by_hand = Plan(
            "environment",
            aggregates=(Aggregate.MEAN,),
            window=window,
            grid=Grid(SLOT, RAW.zone),
            sources=(Source("environment", window, SLOT),),
            **made,  # type: ignore[arg-type]
        )
        with pytest.raises(KeyError):
            store.series(by_hand)


COMPARED = (ENVIRONMENT, PET_EVENT, PIPELINE, CAMERA, REGISTRY, JOURNAL)


@st.composite
def histories(draw: st.DrawFn) -> list[list[Point]]:
    """Batches of points within one slot: some again, some late, many at the same time."""
    measurement = draw(st.sampled_from(COMPARED))
    tags = draw(st.lists(st.one_of(st.sampled_from(AWKWARD), st.just("a")), min_size=1, max_size=3))
    offsets = st.one_of(st.sampled_from((0, 1, 10**9, 10**10, 10**11)), st.integers(0, 299 * 10**9))
    # Sums of greater numbers would leave what a float holds, in one store sooner than in another.
    some = points(st.just(measurement), st.sampled_from(tags), offsets, most=1e12)
    return draw(st.lists(st.lists(some, min_size=1, max_size=12), min_size=1, max_size=3))


@st.composite
def plans(draw: st.DrawFn, history: list[list[Point]], window: Window) -> Plan:
    spec = MEASUREMENTS[history[0][0].measurement]
    numbers = [field.name for field in spec.fields if field.type in (FieldType.FLOAT, FieldType.INTEGER)]
    aggregates = draw(st.lists(st.sampled_from(list(Aggregate)), min_size=1, unique=True)) if numbers else []
    fields = draw(st.lists(st.sampled_from(numbers or spec.field_names), min_size=1, unique=True))
    start = draw(st.integers(0, 10))
    return plan(
        spec.name,
        tuple(fields),
        Window(window.start + timedelta(seconds=start, microseconds=start % 2), window.stop),
        every=timedelta(seconds=draw(st.sampled_from((1, 7, 10, 60, 3600)))),
        aggregates=tuple(aggregates) or (Aggregate.COUNT,),
        group=tuple(draw(st.lists(st.sampled_from(spec.tag_names), unique=True))),
        tags=draw(filters(history)),
    )


@st.composite
def filters(draw: st.DrawFn, history: list[list[Point]]) -> dict[str, str]:
    point = draw(st.sampled_from([point for batch in history for point in batch]))
    names = draw(st.lists(st.sampled_from(sorted(point.tags)), unique=True, max_size=2))
    return {name: point.tags[name] for name in names}


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[phase for phase in Phase if phase is not Phase.shrink],
)
@given(data=st.data(), history=histories())
def test_whatever_is_written_the_answers_are_those_of_a_plain_recomputation(
    store: Store, data: st.DataObject, history: list[list[Point]]
) -> None:
    window = next_window()
    reference = Reference()
    batches = [
        [Point(p.measurement, p.tags, p.fields, ns(window) + p.time_ns) for p in batch] for batch in history
    ]
    for batch in batches:
        store.write(batch[0].measurement, [line(point) for point in batch])
        for point in batch:
            reference.write(point)
    compare(store, reference, data, batches, window)
    gone = data.draw(st.sampled_from([point for batch in batches for point in batch]), "deleted")
    store.delete(gone.measurement, gone.tags, gone.time_ns)
    reference.delete(gone)
    compare(store, reference, data, batches, window)


def compare(
    store: Store, reference: Reference, data: st.DataObject, batches: list[list[Point]], window: Window
) -> None:
    measurement = batches[0][0].measurement
    asked = data.draw(plans(batches, window), "plan")
    theirs = store.series(asked)
    assert same(theirs, reference.series(asked)), (theirs, reference.series(asked))
    tags = data.draw(filters(batches), "tags")
    assert store.latest(measurement, window, tags) == reference.latest(measurement, window, tags)
    point = data.draw(st.sampled_from([point for batch in batches for point in batch]), "like")
    fields = dict(data.draw(st.lists(st.sampled_from(list(point.fields.items())), max_size=1), "fields"))
    limit = data.draw(st.integers(1, 5), "limit")
    wanted = reference.rows(RowQuery(measurement, window, tags, fields))
    found: list[Point] = []
    cursor = None
    while len(found) <= len(wanted):
        page = store.rows(RowQuery(measurement, window, tags, fields, limit, cursor))
        found += page.points
        cursor = page.next
        if cursor is None:
            break
    assert found == wanted


def test_points_are_counted_in_the_cells_of_a_grid(store: Store) -> None:
    window = next_window()

    def seen(second: int, camera: str = "cage", **fields: float) -> Point:
        return make(
            PET_ACTIVITY, {"camera": camera, "pet": "miso"}, {"motion": 0.5, **fields}, ns(window, second)
        )

    put(
        store,
        seen(0, x=0.0, y=0.0),
        seen(10, x=0.24, y=0.49),
        seen(20, x=0.25, y=0.5),
        seen(30, x=1.0, y=1.0),
        seen(40),
        seen(50, x=0.9),
        seen(60, "cot", x=0.5, y=0.5),
    )
    question = DensityQuery("pet_activity", window, {"camera": "cage", "pet": "miso"}, "x", "y", 4, 2)
    assert store.density(question) == {(0, 0): 2, (1, 1): 1, (3, 1): 1}
    assert store.density(replace(question, tags={"camera": "cage", "pet": "nori"})) == {}
