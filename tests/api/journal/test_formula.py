import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.journal.formula import (
    ML_PER_FL_OZ,
    SCOOP_ENERGY,
    SCOOP_VOLUME,
    STRENGTHS,
    VOLUMES,
    FormulaError,
    difference,
    off_by,
    recipe,
)

strengths = st.floats(*STRENGTHS)
volumes = st.floats(*VOLUMES)


def test_the_label_comes_out_as_printed() -> None:
    made = recipe(20, 67)
    assert (made.whole.scoops, made.whole.water) == (1, 60)
    assert made.whole.volume == 67
    assert made.whole.strength == pytest.approx(20)
    assert made.exact.scoops == pytest.approx(1)
    assert made.exact.water == pytest.approx(60)


def test_a_scoop_holds_the_energy_of_67_ml_at_20_kcal_an_ounce() -> None:
    assert pytest.approx(45.31, abs=0.01) == SCOOP_ENERGY


def test_a_stronger_bottle_keeps_its_strength_and_says_what_it_really_makes() -> None:
    made = recipe(22, 120)
    assert made.exact.scoops == pytest.approx(22 * 120 / ML_PER_FL_OZ / SCOOP_ENERGY)
    assert made.whole.scoops == 2
    assert made.whole.water == 108  # 2 scoops make 121.8 mL at 22
    assert made.whole.volume == 122
    assert made.whole.strength == pytest.approx(22, abs=0.1)


@pytest.mark.parametrize(
    ("strength", "volume", "words"),
    [
        (20, 67, ""),
        (20, 67.4, ""),
        (22, 120, "2 mL more than asked"),
        (22, 150, "28 mL less than asked"),
        (30, 10, "35 mL more and 0.2 kcal/fl oz weaker than asked"),
        (29.3, 45.5, "0.2 kcal/fl oz weaker than asked"),
    ],
)
def test_whole_scoops_say_how_far_they_are_from_what_was_asked(
    strength: float, volume: float, words: str
) -> None:
    assert difference(recipe(strength, volume)) == words


@given(strengths, volumes)
def test_what_is_off_leads_back_to_what_was_asked(strength: float, volume: float) -> None:
    made = recipe(strength, volume)
    off = off_by(made)
    assert made.whole.volume - off.volume == pytest.approx(volume)
    assert made.whole.strength - off.strength == pytest.approx(strength)


@given(strengths, volumes)
def test_energy_and_volume_add_up(strength: float, volume: float) -> None:
    made = recipe(strength, volume)
    for mix in (made.exact, made.whole):
        assert mix.water + mix.scoops * SCOOP_VOLUME == pytest.approx(mix.volume)
        assert mix.strength * mix.volume / ML_PER_FL_OZ == pytest.approx(mix.scoops * SCOOP_ENERGY)
    assert made.exact.volume == pytest.approx(volume)
    assert made.exact.strength == pytest.approx(strength)


@given(strengths, volumes)
def test_whole_scoops_can_be_measured_and_come_nearest(strength: float, volume: float) -> None:
    whole = recipe(strength, volume).whole
    of_one_scoop = SCOOP_ENERGY * ML_PER_FL_OZ / strength
    assert whole.scoops >= 1
    assert whole.scoops == int(whole.scoops)
    assert whole.water == int(whole.water) > 0
    assert abs(whole.strength - strength) < 0.4, "half a mL of water more or less in the smallest bottle"
    assert abs(whole.volume - volume) <= max(of_one_scoop / 2, of_one_scoop - VOLUMES[0]) + 0.5


@pytest.mark.parametrize(
    ("strength", "volume", "named"),
    [
        (17.9, 100, "calories"),
        (31, 100, "calories"),
        (math.nan, 100, "calories"),
        (-20, 100, "calories"),
        (20, 9, "volume"),
        (20, 1001, "volume"),
        (20, math.inf, "volume"),
    ],
)
def test_what_no_one_should_feed_is_refused(strength: float, volume: float, named: str) -> None:
    with pytest.raises(FormulaError, match=f"^{named} must be from"):
        recipe(strength, volume)
