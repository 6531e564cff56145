"""The words that a sentence for the journal may have: verbs, units, and what is drunk."""

import re
from typing import Literal

EntryType = Literal["food", "drink"]
FOOD: Literal["food"] = "food"
DRINK: Literal["drink"] = "drink"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERBS: dict[str, EntryType | None] = {
    **dict.fromkeys(_words("eat eats ate eaten eating chewed nibbled food snack snacked"), FOOD),
    **dict.fromkeys(_words("drink drinks drank drunk drinking sipped sips nursed"), DRINK),
    **dict.fromkeys(_words("had has have got gets took takes finished tried fed gave given wants")),
    **dict.fromkeys(_words("log logged add added note write wrote record down")),
}
"""What each says of the entry's type; None where it says nothing."""

FILLERS = _words(
    "please she he it they we i the a an baby my our her his him them just now also already then has have had"
    " hey ok okay hutch well so um uh was is to kid child little one for me"
)
"""Words before a verb that name nobody."""

PARTS_END = _words("of a an the some her his their my our its more whole full small big large , -")
"""Words between an amount and the thing that add nothing."""

JOINS = frozenset({"and", ",", "plus", "then", "also"})

NOTHING = re.compile(
    r"(?<!with )\b(?:no|not|nothing|none|never|cannot|refus(?:ed|es|ing)|undo|cancel)\b"
    r"|n['\N{RIGHT SINGLE QUOTATION MARK}]t\b"
)
"""What says that nothing was eaten or drunk, or takes back; "tea with no sugar" is still tea."""

BELOW_ZERO = re.compile(r"(?<!\S)[-\N{MINUS SIGN}][\d.,]*\d")
"""An amount with a minus sign; a dash between words has a blank behind it."""

_SPELLINGS = {
    "mL": "ml mls millilitre millilitres milliliter milliliters cc",
    "L": "l litre litres liter liters",
    "dL": "dl decilitre decilitres deciliter deciliters",
    "oz": "oz ounce ounces",
    "g": "g gr gram grams gramme grammes",
    "kg": "kg kilo kilos kilogram kilograms",
    "tsp": "tsp teaspoon teaspoons",
    "tbsp": "tbsp tablespoon tablespoons",
}
_AS_SAID = _words(
    "bottle cup glass mug sip gulp drop scoop spoon spoonful bowl plate jar pouch slice piece bite handful"
    " can bit pack packet pinch serving portion bag stick pot tub swallow mouthful box carton"
)
_PLURALS = {"glass": "glasses", "box": "boxes", "pinch": "pinches", "pouch": "pouches"}


def _with_plurals(words: frozenset[str]) -> frozenset[str]:
    return words | {_PLURALS.get(word, f"{word}s") for word in words}


UNITS: dict[str, str] = {
    spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split()
} | {word: word for word in _with_plurals(_AS_SAID)}
"""How each is written down: measures by their sign, the rest as it was said."""

VESSELS = _with_plurals(
    _words("bottle cup glass mug bowl plate jar pouch can pack packet serving portion bag pot tub box carton")
)
"""Units that hold a meal, or a good part of one."""

LIQUID_UNITS = _words(
    "mL L dL oz bottle bottles glass glasses mug mugs sip sips gulp gulps drop drops swallow swallows"
)
"""Units of what is drunk, where the name does not say otherwise."""

DRINKS = _words(
    "milk water juice tea formula breastmilk nutramigen pedialyte smoothie cocoa coffee lemonade shake"
    " milkshake kefir squash soda cola broth bottle drink drinks breast electrolytes coconutwater"
)
FOODS_BY_VOLUME = _words(
    "yogurt yoghurt soup puree purée porridge oatmeal cereal rice custard cream applesauce sauce pudding mash"
    " cheese meat chicken fish bread butter pasta oat carrot apple banana potato quark skyr"
)
"""Food that is measured like a drink, or that needs no guess; singular."""
