"""What messages say, case by case; a new device is a new folder in ``cases``."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.clock import Stamp
from collector.mqtt.config import TopicSection
from collector.mqtt.message import MOST_BYTES, BadMessage, Message, Translator
from influx import points
from tests.collector.mqtt.reading import ARRIVED, CASES, expected_of, messages_of, topics_of


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_device_is_understood(case: Path) -> None:
    translators = [Translator(section, "pi") for section in topics_of(case)]
    made: list[str] = []
    for message in messages_of(case):
        mistakes = []
        for translator in translators:
            try:
                read = Message(message.topic, message.payload, ARRIVED, message.retained)
                found = translator.read(read)
                made += [points.line(found.point)] if found else []
            except BadMessage as error:
                mistakes.append(str(error))
        assert len(mistakes) == bool(message.refused), f"{message}: {mistakes}"
        assert message.refused in "".join(mistakes)
    assert made == expected_of(case)


def translator(**more: object) -> Translator:
    section: dict[str, object] = {
        "topic": "a/+",
        "sensor": "{1}",
        "location": "hutch",
        "fields": {"temperature": "$.t"},
        "time": "$.at",
    }
    return Translator(TopicSection.model_validate(section | more), "pi")


def one(made: Translator, payload: object, *, topic: str = "a/b", **more: bool) -> points.Point:
    """The point of a message."""
    found = made.read(Message(topic, json.dumps(payload).encode(), ARRIVED, **more))
    assert found is not None
    return found.point


def why_not(made: Translator, payload: bytes) -> str:
    """Why a message is refused."""
    with pytest.raises(BadMessage) as caught:
        made.read(Message("a/b", payload, ARRIVED))
    return str(caught.value)


def test_a_message_that_waited_at_the_broker_is_an_estimate_unless_it_says_its_time() -> None:
    assert one(translator(), {"t": 20}, late=True).fields == {"temperature": 20.0, "estimated": True}
    timed = one(translator(), {"t": 20, "at": "2026-05-28T10:00:00Z"}, late=True)
    assert (timed.fields, timed.time.hour) == ({"temperature": 20.0}, 10)


def test_while_the_clock_is_not_right_a_message_is_timed_by_the_boot_or_by_itself() -> None:
    early = Stamp(5_000_000_000, boot="b")
    untimed = translator().read(Message("a/b", b'{"t": 20}', early))
    assert untimed is not None
    assert (untimed.boot, untimed.point.time_ns, untimed.point.fields) == (
        "b",
        early.time_ns,
        {"temperature": 20.0},
    )
    timed = translator().read(Message("a/b", b'{"t": 20, "at": "2026-05-28T10:00:00Z"}', early))
    assert timed is not None
    assert (timed.boot, timed.point.time.hour) == (None, 10)
    old = translator().read(Message("a/b", b'{"t": 20, "at": "2025-05-28T10:00:00Z"}', early))
    assert old is not None, "nobody knows what is old while the clock is not right"
    guessed = translator().read(Message("a/b", b'{"t": 20}', Stamp(5, estimated=True)))
    assert guessed is not None
    assert guessed.point.fields == {"temperature": 20.0, "estimated": True}


@pytest.mark.parametrize(
    ("arrived", "said", "utc"),
    [
        # 2:30 comes twice on the morning of 25 October 2026 in Zurich: first of summer, then of winter time.
        ("2026-10-25T00:30:05", "2026-10-25T02:30:00", "2026-10-25T00:30:00"),
        ("2026-10-25T01:30:05", "2026-10-25T02:30:00", "2026-10-25T01:30:00"),
        ("2026-03-29T01:30:05", "2026-03-29T03:30:00", "2026-03-29T01:30:00"),
        ("2026-12-01T08:00:00", "2026-12-01T09:00:00", "2026-12-01T08:00:00"),
    ],
)
def test_a_local_time_is_the_one_closest_to_its_arrival(arrived: str, said: str, utc: str) -> None:
    zoned = translator(time_zone="Europe/Zurich")
    moment = datetime.fromisoformat(arrived).replace(tzinfo=UTC)
    found = zoned.read(
        Message("a/b", json.dumps({"t": 20, "at": said}).encode(), Stamp(points.to_ns(moment)))
    )
    assert found is not None
    assert found.point.time == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "no JSON"),
        (b"offline", "no JSON: 'offline'"),
        (b"\xff\xfe", "no UTF-8 at byte 0"),
        (b"[" * 50_000, "no JSON"),
        (b"1" * 60_000, "no JSON"),
        (b" " * (MOST_BYTES + 1), "65536 are read at most"),
        (b'{"t": "warm"}', "temperature is no number: 'warm'"),
        (b'{"t": "1_0"}', "temperature is no number: '1_0'"),
        (b'{"t": true}', "temperature is no number: True"),
        (b'{"t": [20]}', "temperature is no number: [20]"),
        (b'{"t": NaN}', "temperature must be a finite number"),
        (b'{"t": 1e400}', "temperature must be a finite number"),
        (b'{"t": 1%s}' % (b"0" * 400), "temperature is no number: 1000"),
        (b'{"t": 200}', "environment.temperature is 200 °C"),
        (b'{"t": 20, "at": "noon"}', "its time is none: 'noon'"),
        (b'{"t": 20, "at": true}', "its time is none: True"),
        (b'{"t": 20, "at": [1]}', "its time is none: [1]"),
        (b'{"t": 20, "at": 1e300}', "its time is none: 1e+300"),
        (b'{"t": 20, "at": "2026-05-28T13:00:00"}', "names no zone; set time_zone"),
        (
            b'{"t": 20, "at": "2026-05-28T14:30:00Z"}',
            "environment at 2026-05-28T14:30:00Z lies in the future",
        ),
        (
            b'{"t": 20, "at": "2026-05-14T13:00:00Z"}',
            "environment at 2026-05-14T13:00:00Z is older than the 14 days that readings keeps",
        ),
    ],
)
def test_a_message_of_no_use_is_refused_with_the_reason(payload: bytes, words: str) -> None:
    assert words in why_not(translator(), payload)


@pytest.mark.parametrize(
    "at",
    ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"],
)
@pytest.mark.parametrize("zone", ["Europe/Zurich", "America/Lima"])
@pytest.mark.parametrize("arrived", [ARRIVED, Stamp(5, boot="b")])
def test_a_time_at_the_end_of_time_is_refused(at: str, zone: str, arrived: Stamp) -> None:
    with pytest.raises(BadMessage, match=r"its time|lies in the future|does not fit 64 bits"):
        translator(time_zone=zone).read(Message("a/b", json.dumps({"t": 20, "at": at}).encode(), arrived))


def test_a_unit_that_nobody_knows_is_refused() -> None:
    told = why_not(translator(units={"temperature": "$.unit"}), b'{"t": 20, "unit": "R"}')
    assert told.startswith("temperature: 'R' is no unit for what is stored in °C")


@pytest.mark.parametrize(
    ("topic", "matching", "others"),
    [
        ("a/+", ["a/b", "a/"], ["a", "a/b/c", "b/a", "$a/b"]),
        ("+/b", ["a/b", "/b"], ["a/c", "$SYS/b"]),
        ("a/#", ["a", "a/b", "a/b/c", "a/\n"], ["ab", "b/a"]),
        ("#", ["a", "a/b"], ["$SYS/broker"]),
        ("a.c", ["a.c"], ["abc"]),
    ],
)
def test_a_filter_takes_its_topics_and_no_others(topic: str, matching: list[str], others: list[str]) -> None:
    made = translator(topic=topic, sensor="s")
    payload = b'{"t": 20}'
    assert [name for name in matching if not made.read(Message(name, payload, ARRIVED))] == []
    assert [name for name in others if made.read(Message(name, payload, ARRIVED))] == []


def test_names_of_levels_are_taken_as_they_are_and_refused_where_no_tag_may_be_so() -> None:
    assert one(translator(), {"t": 1}, topic="a/Living room, left").tags["sensor"] == "Living room, left"
    for level in ("", "a\nb", "x" * 300, "end\\"):
        with pytest.raises(BadMessage, match="tag sensor of environment"):
            translator().read(Message(f"a/{level}", b'{"t": 1}', ARRIVED))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(300, 500).map(lambda digits: 10**digits)
    | st.floats()
    | st.text(max_size=5)
    | st.datetimes().map(datetime.isoformat)
    | st.sampled_from(
        ["C", "°F", "K", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "9999-12-31T23:59:59-12:00"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["t", "at", "u"]), inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=timedelta(seconds=2))
@given(
    payload=st.binary(max_size=40) | json_values.map(lambda value: json.dumps(value).encode()),
    arrived=st.sampled_from([ARRIVED, Stamp(5, boot="b"), Stamp(5, estimated=True)]),
    zone=st.sampled_from([None, "Europe/Zurich", "America/Lima"]),
)
def test_whatever_comes_becomes_points_or_a_sentence(
    payload: bytes, arrived: Stamp, zone: str | None
) -> None:
    made = translator(
        units={"temperature": "$.u"},
        fields={"temperature": "$.t", "humidity": "$[0]"},
        time="$.at",
        time_zone=zone,
    )
    try:
        found = made.read(Message("a/b", payload, arrived))
    except BadMessage:
        return
    assert found is None or points.check(found.point) == found.point
