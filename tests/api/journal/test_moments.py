"""When something was eaten, by what was said at four in the afternoon."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.journal.moments import LONGEST, MomentError, read, tells_when

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 5, 28, 14, tzinfo=UTC)
"""16:00 in Zurich."""


@pytest.mark.parametrize(
    ("said", "local"),
    [
        ("at 3 am", "28 03:00"),
        ("3 am", "28 03:00"),
        ("at 3 a.m", "28 03:00"),
        ("at 3:20 pm", "28 15:20"),
        ("around 3.20 pm", "28 15:20"),
        ("at 5 pm", "27 17:00"),
        ("at 14:30", "28 14:30"),
        ("at 20:15", "27 20:15"),
        ("at 3", "28 15:00"),
        ("at five", "28 05:00"),
        ("at three o'clock", "28 15:00"),
        ("half past two", "28 14:30"),
        ("at quarter to 3 pm", "28 14:45"),
        ("a quarter past 12 am", "28 00:15"),
        ("at 12 pm", "28 12:00"),
        ("at noon", "28 12:00"),
        ("at midnight", "28 00:00"),
        ("10 minutes ago", "28 15:50"),
        ("ten minutes ago", "28 15:50"),
        ("an hour ago", "28 15:00"),
        ("about half an hour ago", "28 15:30"),
        ("an hour and a half ago", "28 14:30"),
        ("1.5 hours ago", "28 14:30"),
        ("a few minutes ago", "28 15:57"),
    ],
)
def test_a_time_is_the_most_recent_one_at_home(said: str, local: str) -> None:
    assert tells_when(said)
    moment, rest = read([said], NOW, ZURICH)
    assert moment is not None
    assert (f"{moment.astimezone(ZURICH):%d %H:%M}", rest) == (local, [])


@pytest.mark.parametrize(
    ("said", "local"),
    [
        (["this morning", "at 8"], "28 08:00"),
        (["at 3", "in the morning"], "28 03:00"),
        (["tonight", "at 8"], "27 20:00"),
        (["at 2 pm", "today"], "28 14:00"),
        (["yesterday", "at 7 pm"], "27 19:00"),
        (["yesterday", "at 7"], "27 19:00"),
    ],
)
def test_the_part_of_the_day_may_be_said_apart(said: list[str], local: str) -> None:
    moment, rest = read(said, NOW, ZURICH)
    assert moment is not None
    assert (f"{moment.astimezone(ZURICH):%d %H:%M}", rest) == (local, [])


@pytest.mark.parametrize(
    "said", [["for breakfast"], ["today"], ["at night"], ["just now"], ["at 27"], ["at 8:75"], []]
)
def test_what_names_no_time_is_left(said: list[str]) -> None:
    assert read(said, NOW, ZURICH) == (None, said)


def test_what_is_said_beside_the_time_is_left() -> None:
    assert read(["for breakfast", "at 8 am"], NOW, ZURICH)[1] == ["for breakfast"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["25 hours ago"], "25 hours ago is more than a day ago"),
        (["yesterday", "at 3 pm"], "yesterday at 3 pm is more than a day ago"),
        (["at 5 pm", "today"], "at 5 pm is still ahead"),
    ],
)
def test_what_is_ahead_or_long_ago_is_refused(said: list[str], words: str) -> None:
    with pytest.raises(MomentError, match=words):
        read(said, NOW, ZURICH)


def test_a_time_that_is_there_twice_is_the_later_one() -> None:
    """On 25 October 2026 it is 2:30 in Zurich at 0:30 and at 1:30 UTC."""
    after = datetime(2026, 10, 25, 5, tzinfo=UTC)
    assert read(["at 2:30 am"], after, ZURICH)[0] == after.replace(hour=1, minute=30)
    between = after.replace(hour=1, minute=10)
    assert read(["at 2:30 am"], between, ZURICH)[0] == after.replace(hour=0, minute=30)


NUMBERS = st.integers(0, 30).map(str) | st.sampled_from(
    ["three", "half past 4", "a quarter to 12", "half an"]
)


@given(
    st.tuples(
        st.sampled_from(["", "at ", "about "]),
        NUMBERS,
        st.sampled_from(["", " am", " pm", " hours ago", ":30"]),
    ),
    st.integers(0, 366 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)
def test_whatever_is_said_lies_in_the_last_day(said: tuple[str, str, str], now: datetime) -> None:
    try:
        moment, rest = read(["".join(said)], now, ZURICH)
    except MomentError:
        return
    assert (moment is None) == bool(rest)
    assert moment is None or now - LONGEST <= moment <= now
