"""Line protocol from anywhere: what is read, and the sentence for what is not."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx.lines import later_than, parse, parse_line, time_of
from influx.points import FieldValue, Point, PointError


def test_every_way_to_write_a_value_is_read() -> None:
    text = 'm a=1,b=-1.5e3,c=.5,d=7i,e=8u,f=t,g=FALSE,h="x",i="a \\"b\\" \\\\ ,= c",j=+2.,k=-9i 5'
    expected: dict[str, FieldValue] = {
        "a": 1.0, "b": -1500.0, "c": 0.5, "d": 7, "e": 8, "f": True, "g": False,
        "h": "x", "i": 'a "b" \\ ,= c', "j": 2.0, "k": -9,
    }  # fmt: skip
    assert parse_line(text) == Point("m", {}, expected, 5)


def test_spaces_around_the_parts_do_not_matter() -> None:
    assert parse_line("m,a=b  c=1   5 ") == Point("m", {"a": "b"}, {"c": 1.0}, 5)
    assert [found for _, found in parse("  \r\nm c=1 5\r\n\n# c=1\nm c=2 6\r")] == [
        Point("m", {}, {"c": 1.0}, 5),
        Point("m", {}, {"c": 2.0}, 6),
    ]


def test_names_and_tags_are_unescaped_as_influxdb_does() -> None:
    found = parse_line(r'm\ 1,t\=a=x\ y\,z\=\\\,,q="q" f\ 1="v" 5')
    assert found == Point("m 1", {"t=a": r"x y,z=\\,", "q": '"q"'}, {"f 1": "v"}, 5)


def test_strings_hold_line_breaks_and_numbers_count_on() -> None:
    found = list(parse('m a="1\n2\\"\n# 3" 5\nbad\nm a=1 6'))
    assert [number for number, _ in found] == [1, 4, 5]
    assert found[0][1] == Point("m", {}, {"a": '1\n2"\n# 3'}, 5)
    assert isinstance(found[1][1], PointError)


def test_a_quote_in_a_tag_opens_no_string() -> None:
    found = [point for _, point in parse('m,t=5" a=1 5\nm,t=6" a=2 6')]
    assert found == [Point("m", {"t": '5"'}, {"a": 1.0}, 5), Point("m", {"t": '6"'}, {"a": 2.0}, 6)]


def test_a_string_that_never_ends_spoils_its_own_line_alone() -> None:
    found = [point for _, point in parse('m a="x 5\nm a=2 6')]
    assert isinstance(found[0], PointError)
    assert found[1] == Point("m", {}, {"a": 2.0}, 6)


@pytest.mark.parametrize(
    ("text", "precision", "time_ns"), [("7", "s", 7 * 10**9), ("7", "ms", 7_000_000), ("-7", "us", -7000)]
)
def test_times_are_read_in_their_precision(text: str, precision: str, time_ns: int) -> None:
    assert parse_line(f"m a=1 {text}", precision=precision).time_ns == time_ns


def test_a_line_without_a_time_is_of_now() -> None:
    assert parse_line("m a=1", now_ns=9).time_ns == 9
    with pytest.raises(PointError, match="no time"):
        parse_line("m a=1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" a=1 5", "no measurement"),
        (",t=1 a=1 5", "no measurement"),
        ("m", "no field=value"),
        ("m,t a=1 5", "no tag=value at character 2"),
        ("m,t= a=1 5", "no tag=value"),
        ("m,t=1,t=2 a=1 5", "'t' stands twice"),
        ("m a 5", "no field=value"),
        ("m a= 5", "no field=value"),
        ("m a=1, 5", "no field=value"),
        ("m a=1,,b=2 5", "no field=value"),
        ('m a="x"y 5', "a whole number|comma or the time"),
        ("m a=warm 5", "'warm' is no field value"),
        ("m a=1e 5", "no field value"),
        ("m a=0x1 5", "no field value"),
        ("m a=nan 5", "no field value"),
        ("m a=٣ 5", "no field value"),
        ("m a=²i 5", "no field value"),
        (f"m a={'9' * 5000}i 5", "no field value"),
        ("m a=1 noon", "whole number of ns, not 'noon'"),
        ("m a=1 5 6", "whole number of ns, not '5 6'"),
        (f"m a=1 {'9' * 5000}", "whole number"),
        ("m a=1 1.5", "whole number"),
    ],
)
def test_what_is_no_line_protocol_is_named(text: str, reason: str) -> None:
    with pytest.raises(PointError, match=reason):
        parse_line(text)


@given(st.text(st.sampled_from('m,= \\"\n#ab1it.5')))
def test_any_text_gives_points_or_sentences(text: str) -> None:
    for number, found in parse(text, now_ns=1):
        assert 1 <= number <= text.count("\n") + 1
        assert isinstance(found, (Point, PointError))


def test_long_texts_take_time_in_proportion() -> None:
    text = "m a=" + '"' + "\n" * 200_000
    assert len(list(parse(text, now_ns=1))) == 1
    assert len(list(parse('m a="\n' * 2_000, now_ns=1))) == 1_000
    assert len(list(parse("m," + "\\" * 100_000, now_ns=1))) == 1
    assert len(list(parse('m f=\\"\n' * 80_000, now_ns=1))) == 80_000  # minutes, were it quadratic


def test_long_heads_leave_nothing_in_memory() -> None:
    tracemalloc.start()
    try:
        for number in range(1000):
            parse_line(f"m,t={number}{'x' * 10_000} a=1 5")
        left, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert left < 1_000_000, f"{left} bytes are kept of lines that were read"


@given(st.text(st.sampled_from('ma= \\"\n')))
def test_each_line_starts_where_trying_every_string_for_its_end_says(text: str) -> None:
    at, numbers = 0, []
    while at < len(text):
        stop = text.find("\n", at) if "\n" in text[at:] else len(text)
        if text[at:stop].strip():
            numbers.append(text.count("\n", 0, at) + 1)
            stop = end_of_line(text, at) or stop
        at = stop + 1
    assert [number for number, _ in parse(text, now_ns=1)] == numbers


def end_of_line(text: str, at: int) -> int | None:
    """Where the line that starts ``at`` ends; None where a string in it never does."""
    end = len(text)
    while at < end and text[at] not in " \n" and text[at : at + 2] not in ("\\", "\\\n"):
        at += 2 if text[at] == "\\" else 1
    while at < end and text[at] != "\n":
        if text[at] == '"':
            at += 1
            while at < end and text[at] != '"':
                at += 2 if text[at] == "\\" else 1
            if at >= end:
                return None
        at += 1
    return at


@given(
    st.lists(st.from_regex(r"m a=1[ -9a-z\"]{0,30}( -?[0-9]{1,22})?", fullmatch=True)),
    st.integers(0, 10**20),
)
def test_what_is_later_is_told_by_its_number_however_long_that_is(lines: list[str], bound: int) -> None:
    expected = [(line, at) for line in lines if (at := time_of(line)) is not None and at > bound]
    assert later_than(lines, bound) == expected
