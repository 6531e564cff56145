"""How numbers, times and ranges read."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vision.activities
from api.pages import words
from api.pages.climate import scale, verdict
from vision.activities import Activity
from vision.events import CLIP_NONE

NOW = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
ZURICH = ZoneInfo("Europe/Zurich")


def plain(text: str) -> str:
    """``text`` with the spaces and the minus of a keyboard."""
    return text.replace(words.THIN_SPACE, " ").replace(words.MINUS, "-")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (80, "1 min 20 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86_400, "1 day"),
        (200_000, "2 days 7 h"),
    ],
)
def test_a_length_reads_in_its_two_largest_units(seconds: float, told: str) -> None:
    assert plain(words.length(seconds)) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-3, "just now"),
        (4, "just now"),
        (5, "5 s ago"),
        (119, "1 min ago"),
        (7300, "2 h ago"),
        (90_000, "1 day ago"),
        (180_000, "2 days ago"),
    ],
)
def test_an_age_reads_in_its_largest_unit_and_is_never_rounded_up(seconds: float, told: str) -> None:
    assert plain(words.ago(timedelta(seconds=seconds))) == told


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "Today"),
        (datetime(2025, 12, 31, 22, 30, tzinfo=UTC), "Yesterday"),
        (datetime(2025, 12, 30, 12, tzinfo=UTC), "Tue 30 Dec 2025"),
    ],
)
def test_a_day_is_the_homes_day(moment: datetime, told: str) -> None:
    assert words.day(moment, ZURICH, NOW) == told


@pytest.mark.parametrize(
    ("value", "told"), [(-0.04, "0.0"), (-0.06, "-0.1"), (21.25, "21.2"), (-17.78, "-17.8")]
)
def test_a_number_has_a_true_minus_and_no_minus_zero(value: float, told: str) -> None:
    assert plain(words.number(value)) == told


@pytest.mark.parametrize(("value", "told"), [(4, "4"), (2.5, "2.5"), (1.789, "1.79"), (100, "100")])
def test_an_amount_has_no_trailing_zeros(value: float, told: str) -> None:
    assert words.amount(value) == told


def test_60_to_75_fahrenheit_is_the_range_of_a_chinchilla() -> None:
    assert plain(words.temperature(15.6, "F")) == "60.1 °F"
    assert plain(words.temperature(23.9, "F")) == "75.0 °F"


def test_evidence_of_any_kind_can_be_read() -> None:
    told = words.evidence({"mean_motion": 0.04123, "still": True, "pet": None, "track": 7, "area": 12345.6})
    values = ("0.0412", "yes", "–", "7", "12346")
    assert [value for _name, value in told] == list(values)


def test_the_numbers_of_every_activity_are_named_in_words() -> None:
    """All that rules tell, as their files write it."""
    numbers = dict.fromkeys([*Activity().judge().evidence, "settled", "continues", "chapter"], 0)
    for file in (Path(vision.activities.__file__).parent).glob("*.py"):
        numbers |= dict.fromkeys(re.findall(r'[{ ]"([a-z_]+)": [a-z]', file.read_text()), 0)
    assert {"erratic_s", "zone", "legs", "quiet_s"} <= numbers.keys()
    names = [name for name, _value in words.evidence(numbers)]
    assert len(set(names)) == len(numbers)
    bare = {name for name in numbers if words.evidence({name: 0})[0][0] == words.label(name)}
    assert bare <= {"leaps"}, "named as in the code"


def test_an_event_without_a_picture_is_not_said_to_have_one() -> None:
    assert "picture, without a clip" in words.clip_sentence(CLIP_NONE)
    assert "Neither a clip nor a picture" in words.clip_sentence(CLIP_NONE, has_picture=False)


@given(st.floats(-60, 90), st.floats(-50, 79), st.floats(0.1, 60))
def test_the_bar_agrees_with_the_verdict(temperature: float, low: float, span: float) -> None:
    high = low + span
    bar = scale(temperature, low, high)
    assert bar is not None
    assert 0 <= bar.low < bar.high <= 100
    assert 0 <= bar.here <= 100
    told = verdict(temperature, low, high)
    assert (told == "cold") == (temperature < low)
    assert (told == "warm") == (temperature > high)
    assert told or bar.low <= bar.here <= bar.high


def test_where_there_is_no_range_or_no_temperature_there_is_no_verdict() -> None:
    assert verdict(None, 10, 20) == ""
    assert verdict(30, None, None) == ""
    assert verdict(30, None, 20) == "warm"
    assert scale(30, None, 20) is None
    assert scale(None, 10, 20) is None
