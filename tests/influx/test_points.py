"""Points: what the vocabulary refuses, and line protocol there and back."""

import math
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx import lines
from influx.points import (
    MAX_STRING_BYTES,
    FieldValue,
    Point,
    PointError,
    check,
    line,
    make,
    to_datetime,
    to_ns,
)
from influx.schema import BACKUP, ENVIRONMENT, JOURNAL, PIPELINE, REGISTRY
from tests.influx.strategies import any_measurement, points

TAGS = {"node": "pi", "sensor": "hat", "location": "nursery"}


@given(points(any_measurement))
def test_a_point_survives_line_protocol(point: Point) -> None:
    back = lines.parse_line(line(point))
    assert back == point
    assert [type(value) for value in back.fields.values()] == [type(value) for value in point.fields.values()]


@given(st.lists(points(any_measurement), max_size=5), st.sampled_from(("", "\n", "# a comment\n", "  \r\n")))
def test_points_survive_as_lines_of_one_text(given_points: list[Point], between: str) -> None:
    text = between + f"\n{between}".join(line(point) for point in given_points)
    assert [point for _, point in lines.parse(text)] == given_points


@given(points(any_measurement))
def test_what_was_checked_stays_as_it_is(point: Point) -> None:
    assert check(point) == point


def test_line_protocol_reads_as_influxdb_writes_it() -> None:
    point = make(ENVIRONMENT, TAGS | {"location": "a b,c=d"}, {"temperature": 21, "humidity": None}, 5)
    assert line(point) == r"environment,location=a\ b\,c\=d,node=pi,sensor=hat temperature=21.0 5"
    entry = make(
        JOURNAL,
        {"person": "ü", "entry_type": "food"},
        {"note": 'say "\\"', "amount": 1e-7},
        datetime.now(UTC),
    )
    assert line(entry).startswith(r'journal,entry_type=food,person=ü note="say \"\\\"",amount=1e-07 ')
    assert (
        line(make(PIPELINE, {"node": "a", "part": "b"}, {"depth": 3}, -1))
        == "pipeline,node=a,part=b depth=3i -1"
    )
    assert line(make(BACKUP, {"target": "x"}, {"ok": True}, 0)) == "backup,target=x ok=true 0"


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"node": "pi", "sensor": "hat"}, "needs the tag 'location'"),
        (TAGS | {"colour": "red"}, "has no tag 'colour'"),
        (TAGS | {"node": ""}, "needs 1 to 256 characters"),
        (TAGS | {"node": "n" * 257}, "needs 1 to 256 characters"),
        (TAGS | {"node": "a\nb"}, "control character"),
        (TAGS | {"node": "a\0b"}, "control character"),
        (TAGS | {"node": "a\\"}, "ends in a backslash"),
        (TAGS | {"node": "\ud800"}, "no valid Unicode"),
        (TAGS | {"node": 5}, "needs 1 to 256 characters"),
        (TAGS | {"node": ["pi"]}, "no string"),
    ],
)
def test_tags_that_cannot_be_stored_are_refused(tags: dict[str, str], reason: str) -> None:
    with pytest.raises(PointError, match=reason):
        make(ENVIRONMENT, tags, {"temperature": 20.0}, 0)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "has no field"),
        ({"temperature": None}, "has no field"),
        ({"colour": 1.0}, "has no field 'colour'; it has temperature"),
        ({"temperature": math.nan}, "finite number, not nan"),
        ({"temperature": math.inf}, "finite number, not inf"),
        ({"temperature": 10**400}, "finite number, not inf"),
        ({"temperature": "warm"}, "must be float, not 'warm'"),
        ({"temperature": True}, "must be float, not True"),
        ({"temperature": 151.0}, "is 151 °C, and can only be from -90 to 150"),
        ({"humidity": -1}, "is -1 %, and can only be from 0 to 100"),
    ],
)
def test_fields_that_cannot_be_true_are_refused(fields: dict[str, FieldValue], reason: str) -> None:
    with pytest.raises(PointError, match=reason):
        make(ENVIRONMENT, TAGS, fields, 0)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("depth", 2**63, "must fit 64 bits"),
        ("depth", 1.0, "must be integer"),
        ("depth", True, "must be integer"),
        ("depth", -1, "from 0 to ∞"),
    ],
)
def test_integers_that_are_none_are_refused(name: str, value: FieldValue, reason: str) -> None:
    with pytest.raises(PointError, match=reason):
        make(PIPELINE, {"node": "pi", "part": "spool"}, {name: value}, 0)


def test_strings_and_booleans_are_what_they_say() -> None:
    tags = {"kind": "node", "name": "pi", "node": "pi"}
    with pytest.raises(PointError, match="must be boolean, not 1"):
        make(REGISTRY, tags, {"retired": 1}, 0)
    with pytest.raises(PointError, match="must be string, not 1"):
        make(REGISTRY, tags, {"since": 1}, 0)
    with pytest.raises(PointError, match="65536 bytes, not 65538"):
        make(REGISTRY, tags, {"since": "ü" * (MAX_STRING_BYTES // 2 + 1)}, 0)
    with pytest.raises(PointError, match="no valid Unicode"):
        make(REGISTRY, tags, {"since": "\udfff"}, 0)
    assert make(REGISTRY, tags, {"since": "ü" * (MAX_STRING_BYTES // 2)}, 0)


def test_times_have_a_zone_and_fit_64_bits() -> None:
    with pytest.raises(PointError, match="has no time zone"):
        make(ENVIRONMENT, TAGS, {"temperature": 20.0}, datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(PointError, match="does not fit 64 bits"):
        make(ENVIRONMENT, TAGS, {"temperature": 20.0}, 2**63)


def test_an_unknown_measurement_is_refused_with_those_that_exist() -> None:
    with pytest.raises(PointError, match="no measurement 'weather'; there are environment, gas"):
        check(Point("weather", {}, {"a": 1.0}, 0))


@given(st.timedeltas(timedelta(days=-365 * 250), timedelta(days=365 * 250)))
def test_moments_are_exact_to_the_microsecond(since_1970: timedelta) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + since_1970
    assert to_datetime(to_ns(moment)) == moment
    elsewhere = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert to_ns(elsewhere) == to_ns(moment)
    point = make(ENVIRONMENT, TAGS, {"temperature": 20.0}, moment)
    assert point.time == moment


def test_points_travel_between_processes() -> None:
    point = make(ENVIRONMENT, TAGS, {"temperature": 20.0}, 0)
    assert pickle.loads(pickle.dumps(point)) == point
