"""How many scoops of powder and how much water make a formula of a given strength. Pure, no I/O.

What the label of Nutramigen says: 1 level scoop and 60 mL of water make about 67 mL at 20 kcal a US fluid
ounce. So a scoop takes up 7 mL, and holds the energy of 67 mL at 20 kcal/fl oz. (The service this replaces
called the strength kcal/mL; 20 kcal/mL would be denser than pure fat, at 9. The label's unit is meant.)

With n scoops and w mL of water: volume = w + 7 n, strength = n · scoop energy / (volume in fl oz).
"""

from dataclasses import dataclass

ML_PER_FL_OZ = 29.5735295625
"""US fluid ounce in mL: 231 cubic inches a gallon, 128 ounces a gallon, 2.54 cm an inch; exact."""
LABEL_STRENGTH = 20.0
LABEL_VOLUME = 67.0
SCOOP_VOLUME = 7.0
"""mL that a scoop of powder adds to the water: 67 made from 60."""
SCOOP_ENERGY = LABEL_STRENGTH * LABEL_VOLUME / ML_PER_FL_OZ
"""kcal in a scoop: about 45.3."""

STRENGTHS = (18.0, 30.0)
"""kcal/fl oz taken here: 20 is standard, up to 30 is prescribed; outside, a slip of the finger is likely."""
VOLUMES = (10.0, 1000.0)
"""mL taken here: a sip to a day's supply."""


class FormulaError(ValueError):
    """A strength or volume that no one should feed, in one sentence."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Scoops of powder and mL of water, and the mL at kcal/fl oz that they make."""

    scoops: float
    water: float
    volume: float
    strength: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """The exact mix for what was asked, and the mix that can be measured with a scoop.

    ``whole`` has whole scoops (at least 1) and whole mL of water. It keeps the strength, which is what was
    prescribed, and comes nearest to the volume; its own figures say what it really makes.
    """

    exact: Mix
    whole: Mix


def recipe(strength: float, volume: float) -> Recipe:
    """How to make ``volume`` mL at ``strength`` kcal/fl oz; raises ``FormulaError`` out of bounds."""
    _check("calories", strength, STRENGTHS, "kcal per fluid ounce")
    _check("volume", volume, VOLUMES, "mL")
    of_one_scoop = SCOOP_ENERGY * ML_PER_FL_OZ / strength
    scoops = volume / of_one_scoop
    whole = max(1, round(scoops))
    return Recipe(
        _mix(scoops, volume - scoops * SCOOP_VOLUME),
        _mix(whole, round(whole * (of_one_scoop - SCOOP_VOLUME))),
    )


def off_by(recipe: Recipe) -> Mix:
    """How much more than asked the whole scoops make of everything; less where a figure is below zero."""
    whole, exact = recipe.whole, recipe.exact
    return Mix(
        whole.scoops - exact.scoops,
        whole.water - exact.water,
        whole.volume - exact.volume,
        whole.strength - exact.strength,
    )


def difference(recipe: Recipe) -> str:
    """How far the whole scoops are from what was asked: ``2 mL more and 0.1 kcal/fl oz weaker than asked``.

    To the mL and the tenth of a kcal, as either is shown; empty where there is no such difference.
    """
    off, told = off_by(recipe), []
    if volume := round(off.volume):
        told.append(f"{abs(volume)} mL {'more' if volume > 0 else 'less'}")
    if strength := round(off.strength, 1):
        told.append(f"{abs(strength):g} kcal/fl oz {'stronger' if strength > 0 else 'weaker'}")
    return f"{' and '.join(told)} than asked" if told else ""


def _mix(scoops: float, water: float) -> Mix:
    volume = water + scoops * SCOOP_VOLUME
    return Mix(scoops, water, volume, scoops * SCOOP_ENERGY * ML_PER_FL_OZ / volume)


def _check(name: str, value: float, bounds: tuple[float, float], unit: str) -> None:
    low, high = bounds
    if not low <= value <= high:  # also refuses what is no number
        raise FormulaError(
            f"{name} must be from {low:g} to {high:g} {unit}, not {value:g}: "
            "nothing outside is fed without a doctor's own recipe"
        )
