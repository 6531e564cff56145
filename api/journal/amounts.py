"""How much anybody eats or drinks at once: what is more is a slip of the finger, or misheard. Pure."""

from api.journal.words import UNITS, VESSELS

MOST_MEASURED = {"mL": 2000, "dL": 20, "L": 2, "oz": 70, "g": 2000, "kg": 2, "tsp": 400, "tbsp": 130}
"""2 L or 2 kg in each measure: more than an adult drinks or eats at a meal."""
MOST_VESSELS = 20
"""Bottles, cups, bowls and what else holds a meal or a part of one."""
MOST_COUNTED = 500
"""Peas, raisins, sips."""


class TooMuch(ValueError):
    """An amount that nobody eats or drinks at once, in one sentence."""


def check(amount: float, name: str) -> None:
    """Raise ``TooMuch`` where ``amount`` of ``name``, which begins with its unit, is more than a meal has."""
    most, unit = most_of(name)
    if amount > most:
        raise TooMuch(
            f"{amount:g}{unit} at once is more than anybody has; up to {most:g}{unit} is written down"
        )


def most_of(name: str) -> tuple[float, str]:
    """The largest amount of ``name`` that is written down, and the unit that it begins with (or nothing)."""
    first = name.partition(" ")[0].rstrip(".,").lower()
    unit = UNITS.get(first, "")
    if unit in MOST_MEASURED:
        return MOST_MEASURED[unit], f" {unit}"
    return (MOST_VESSELS, f" {unit}") if unit in VESSELS else (MOST_COUNTED, "")
