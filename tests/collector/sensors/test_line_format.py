"""Lines of text: however they are torn, only whole ones count, and only what is a number is one."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config import SensorSection
from collector.sensors import SensorError, check_sensor
from collector.sensors.line_format import LONGEST_LINE, LineBuffer, LineFormat, number

TEMPERATURE = {"from": "t", "field": "temperature"}


def line_format(**keys: Any) -> LineFormat:
    return LineFormat.model_validate({"values": [TEMPERATURE], **keys})


@given(
    st.lists(st.text("abc.5 é€", min_size=1, max_size=30).filter(str.strip), max_size=8),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.data(),
)
def test_lines_are_the_same_however_their_bytes_arrive(lines: list[str], end: bytes, data: Any) -> None:
    stream = b"".join(line.encode() + end for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    buffer = LineBuffer(midway=False)
    heard = []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        heard += buffer.feed(stream[start:stop])
    assert heard == [line.strip(" ") for line in lines]


def test_the_first_line_may_have_begun_before_and_does_not_count() -> None:
    assert LineBuffer(midway=True).feed(b"1.5\n21.6\n") == ["21.6"]


def test_a_line_without_an_end_takes_no_memory_and_spoils_only_itself() -> None:
    buffer = LineBuffer(midway=False)
    for _ in range(1000):
        assert buffer.feed(b"x" * 500) == []
    assert len(buffer._rest) <= LONGEST_LINE
    assert buffer.feed(b"5\n21.6\n") == ["21.6"]
    assert buffer.feed(b"y" * (LONGEST_LINE + 1) + b"\n21.7\n") == ["21.7"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("21.5", 21.5),
        (" -0,25 ", -0.25),
        (".5", 0.5),
        ("+7.", 7.0),
        ("1e3", 1000.0),
        (12, 12.0),
        ("nan", None),
        ("inf", None),
        ("1_0", None),
        ("0x10", None),
        ("1,234.5", None),
        ("", None),
        ("²", None),
        (True, None),
        (None, None),
        (float("inf"), None),
        (10**400, None),
        ("1e99", 1e99),
        ("1e999", None),
    ],
)
def test_a_number_is_one_or_none(text: object, expected: float | None) -> None:
    assert number(text) == expected


@given(st.text(max_size=200), st.sampled_from(["pattern", "csv", "json"]))
def test_no_line_breaks_a_parser(line: str, kind: str) -> None:
    keys: dict[str, dict[str, Any]] = {
        "pattern": {"pattern": r"(?P<t>\S+)"},
        "csv": {"values": [{**TEMPERATURE, "from": 1}]},
        "json": {"values": [{**TEMPERATURE, "from": "$.t"}]},
    }
    found = line_format(format=kind, **keys[kind]).parser()(line)
    assert all(isinstance(value, float) for value in found.values())


@pytest.mark.parametrize(
    "line", ["[" * 900, '{"t":' * 150, '{"t": 1e999}', '{"t": [1]}', '{"t": {"t": 1}}', "7"]
)
def test_json_that_is_hostile_or_of_another_shape_gives_nothing(line: str) -> None:
    assert line_format(format="json", values=[{**TEMPERATURE, "from": "$.t"}]).parser()(line) == {}


def test_a_pattern_that_never_ends_is_stopped() -> None:
    parse = line_format(format="pattern", pattern=r"(?P<t>(\d+)*)*x\1$").parser()
    started = time.monotonic()
    assert parse("1" * LONGEST_LINE) == {}
    assert time.monotonic() - started < 10, "it would have taken longer than the universe is old"


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"format": "pattern"}, 'a pattern belongs to format = "pattern", and it needs one'),
        ({"format": "csv", "pattern": "x"}, 'a pattern belongs to format = "pattern", and it needs one'),
        ({"format": "pattern", "pattern": "(?P<t>"}, "the pattern is no regular expression: missing )"),
        ({"format": "pattern", "pattern": "(?P<h>x)"}, "the pattern has no group 't'; write (?P<t>…)"),
        ({"format": "csv"}, "'t' is no column; they are counted from 1"),
        ({"format": "csv", "values": [{**TEMPERATURE, "from": 0}]}, "'0' is no column"),
        ({"format": "json"}, "'t' is no path to one value"),
        ({"format": "xml"}, "format: input should be 'pattern', 'json' or 'csv'"),
        ({"format": "csv", "values": []}, "values: tuple should have at least 1 item"),
        (
            {"format": "csv", "values": [{"from": 1, "field": "warmth"}]},
            "values.0: 'warmth' is no field; there are temperature, humidity, pressure, concentration",
        ),
        (
            {"format": "csv", "values": [{"from": 1, "field": "pressure", "unit": "F"}]},
            "values.0: 'F' is no unit for what is stored in hPa; there are hPa, mbar, Pa, kPa, inHg, mmHg",
        ),
        (
            {"format": "csv", "values": [{"from": 1, "field": "concentration"}]},
            "values.0: a concentration, and only that, has a gas",
        ),
        (
            {"format": "csv", "values": [{"from": n, "field": "concentration", "gas": "CO"} for n in (1, 2)]},
            "two values are the same field; gases are set apart by their channel",
        ),
        ({"format": "csv", "port": "COM1"}, "port: string should match pattern"),
        ({"format": "csv", "sped": 1}, "sped is no key of kind 'serial'"),
    ],
)
def test_what_is_wrong_is_said_at_start(keys: dict[str, Any], sentence: str) -> None:
    whole = {"port": "/dev/ttyUSB0", "values": [TEMPERATURE], **keys}
    section = SensorSection.model_validate({"kind": "serial", "name": "bench", "location": "den", **whole})
    with pytest.raises(SensorError) as caught:
        check_sensor(section)
    assert str(caught.value).startswith(f"sensor 'bench': {sentence}")
