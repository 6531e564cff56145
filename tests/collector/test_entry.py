"""Entries: whole lines in, the same lines out, and damage is seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.entry import EVENT, MOST_BYTES, TELEMETRY, WRITTEN, Damaged, pack, rank_of, unpack

LINES = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=40)


@given(LINES, st.integers(1, 10))
def test_lines_come_out_as_they_went_in(lines: list[str], most: int) -> None:
    rows = list(pack("environment", lines, most))
    assert [
        line for row in rows for line in unpack(row.measurement, row.checksum, row.body, row.lines)
    ] == lines
    assert all(1 <= row.lines <= most for row in rows)
    assert sum(row.lines for row in rows) == len(lines)


@given(LINES, st.data())
def test_one_flipped_bit_is_seen(lines: list[str], data: st.DataObject) -> None:
    (row,) = pack("environment", lines)
    place = data.draw(st.integers(0, len(row.body) * 8 - 1))
    body = bytearray(row.body)
    body[place // 8] ^= 1 << place % 8
    with pytest.raises(Damaged, match="environment"):
        unpack(row.measurement, row.checksum, bytes(body), row.lines)


def test_a_large_add_becomes_several_entries() -> None:
    rows = list(pack("environment", ["x" * 400_000] * 5))
    assert [row.lines for row in rows] == [2, 2, 1]
    assert all(len(row.body) <= MOST_BYTES for row in rows)


def test_a_line_longer_than_an_entry_stays_whole() -> None:
    (row,) = pack("environment", ["x" * (MOST_BYTES + 1)])
    assert row.lines == 1


def test_what_people_wrote_ranks_above_events_and_events_above_telemetry() -> None:
    assert rank_of("environment") == rank_of("pipeline") == rank_of("pet_activity") == TELEMETRY
    assert rank_of("pet_event") == EVENT
    assert rank_of("journal") == rank_of("alert_setting") == WRITTEN
    assert TELEMETRY < EVENT < WRITTEN


def test_an_unknown_measurement_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no measurement 'climat'; there are environment"):
        list(pack("climat", ["climat x=1 1"]))
