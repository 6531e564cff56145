"""What somebody says was eaten or drunk, in one short English sentence, as entries of the journal. Pure.

Takes digits, decimals with point or comma, fractions (``1/2``, ``½``, ``half a``, ``one and a half``) and
numbers as words to the thousands; before or after the thing ("milk 120 ml"). A verb says whether it was food
or drink; without one, what the thing is called, then its unit. Several things may be named ("a banana and
2 sips of tea"), each with a time of its own. Where nothing tells, it is food, and one of it; ``guessed``
names what was decided so. Names before the verb become the note, so that nothing said is lost. What was not
eaten, and what somebody wants to take back, is refused rather than written down as eaten.
"""

import re
import unicodedata
from dataclasses import dataclass

from api.journal import moments, numbers
from api.journal.words import (
    BELOW_ZERO,
    DRINK,
    DRINKS,
    FILLERS,
    FOOD,
    FOODS_BY_VOLUME,
    JOINS,
    LIQUID_UNITS,
    NOTHING,
    PARTS_END,
    UNITS,
    VERBS,
    EntryType,
)

MAX_TEXT = 200
"""Characters of a sentence that are read."""
MAX_NAME = 120
MAX_ENTRIES = 5
_EXAMPLE = "say it like “120 ml milk” or “half a banana”"


class SentenceError(ValueError):
    """A sentence that names nothing to eat or drink, in one sentence of its own."""


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """One thing that was said: ``name`` holds the unit; ``guessed`` is of ``amount`` and ``entry_type``.

    ``when`` is what was said of the time, for ``moments.read``.
    """

    entry_type: EntryType
    amount: float
    name: str
    note: str = ""
    guessed: tuple[str, ...] = ()
    when: tuple[str, ...] = ()


def entries(text: str) -> tuple[ParsedEntry, ...]:
    """What ``text`` says, at least one thing; raises ``SentenceError``."""
    if len(text) > MAX_TEXT:
        raise SentenceError(f"a sentence may have {MAX_TEXT} characters, not {len(text)}; {_EXAMPLE}")
    _refuse_what_was_not(text)
    words = _words(text)
    words, when = _cut_when(words)
    subject, verb, words = _cut_verb(words)
    note = " ".join(subject)
    parts = _parts(words)
    if len(parts) > MAX_ENTRIES:
        raise SentenceError(f"that is more than {MAX_ENTRIES} things at once; say them one by one")
    return tuple(_parsed(part, verb, note, when, first=number == 0) for number, part in enumerate(parts))


def _refuse_what_was_not(text: str) -> None:
    if NOTHING.search(text.lower()):
        raise SentenceError(
            f"only what was eaten or drunk is written down here: {_EXAMPLE}; each entry has its own Undo"
        )
    if BELOW_ZERO.search(text):
        raise SentenceError(f"nobody eats less than nothing; {_EXAMPLE}")


def _words(text: str) -> list[str]:
    """``text`` cut at spaces, with numbers, units and commas apart, and without what cannot be seen."""
    text = "".join(_apart(character) for character in text)
    text = unicodedata.normalize("NFKC", text.lower() if text.isupper() else text)
    text = re.sub(r"(?<=[1-9]),(?=\d{3}(?!\d))", "", text)
    text = re.sub(r"(\d)\s*/\s*(\d)", r"\1/\2", text)
    text = re.sub(r"(?<=\d)(?!(?:st|nd|rd|th)\b)(?=[^\W\d_])", " ", text)
    text = re.sub(r"\b(?:fl\.?|fluid)\s*(?=oz\b|ounces?\b)", "", text, flags=re.IGNORECASE)
    text = re.sub(r",(?!\d)|(?<!\d),|;|\+|&", " , ", text)
    words = [word.rstrip(".!?:") for word in text.split()]
    return [_lower_first(word, number) for number, word in enumerate(words) if word]


def _apart(character: str) -> str:
    if unicodedata.decomposition(character).startswith("<fraction>"):
        return f" {unicodedata.normalize('NFKC', character)} ".replace("\N{FRACTION SLASH}", "/")
    return " " if unicodedata.category(character).startswith("C") else character


def _lower_first(word: str, number: int) -> str:
    """A word at the start of a sentence without its capital."""
    return word.lower() if number == 0 and word[:1].isupper() and not word[1:].isupper() else word


def _cut_when(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """``words`` without what is said of the time at their end, and that, in pieces."""
    for start in range(1, len(words)):
        tail = " ".join(words[start:]).lower()
        if moments.tells_when(tail):
            rest, before = _cut_when(words[:start])
            return rest, (*before, tail)
    return words, ()


def _cut_verb(words: list[str]) -> tuple[list[str], EntryType | None, list[str]]:
    """Who, food or drink (None where the verb does not tell), and the rest."""
    for number, word in enumerate(words):
        if numbers.read(words, number) is not None:
            break
        if word.lower() in VERBS:
            who = [before for before in words[:number] if before.lower() not in FILLERS]
            verb, rest = VERBS[word.lower()], words[number + 1 :]
            # "had a drink of water", "is drinking": the last of several verbs tells.
            more, later, rest_after = _cut_verb(rest)
            return (
                (who, later or verb, rest_after) if not more and rest_after is not rest else (who, verb, rest)
            )
    return [], None, words


def _parts(words: list[str]) -> list[list[str]]:
    """``words`` cut where "and", a comma and the like lead to a thing with an amount of its own."""
    parts: list[list[str]] = [[]]
    at = 0
    while at < len(words):
        number = numbers.read(words, at)
        if number is not None:
            parts[-1] += words[at : number.end]
            at = number.end
        elif words[at].lower() in JOINS and _begins(words, at + 1, parts[-1]):
            parts.append([])
            at += 1
        else:
            parts[-1].append(words[at])
            at += 1
    kept: list[list[str]] = []
    for part in parts:
        if kept and _is_amount(part) and not _has_number(kept[-1]):
            kept[-1] += part
        elif set(part) - {","}:
            kept.append(part)
    return kept or [[]]


def _is_amount(part: list[str]) -> bool:
    """Whether ``part`` is only how much, as of "milk, 120 ml"."""
    number = numbers.read(part, 0)
    rest = [] if number is None else part[number.end :]
    return number is not None and (not rest or (len(rest) == 1 and rest[0].lower() in UNITS))


def _has_number(part: list[str]) -> bool:
    return any(numbers.read(part, at) is not None for at in range(len(part)))


def _begins(words: list[str], at: int, before: list[str]) -> bool:
    """Whether another thing begins at ``at``; "a bottle and a half" is one thing."""
    while at < len(words) and (words[at].lower() in JOINS or words[at].lower() in VERBS):
        at += 1
    number = numbers.read(words, at)
    is_more_of_it = number is not None and number.is_fraction and bool(before) and before[-1].lower() in UNITS
    return number is not None and not is_more_of_it and bool(before)


def _parsed(
    words: list[str], verb: EntryType | None, note: str, when: tuple[str, ...], *, first: bool
) -> ParsedEntry:
    words, own_when = _cut_when(words)
    if not first:
        _, own, words = _cut_verb([word for word in words if word not in JOINS])
        first, verb = bool(own), own or verb
    amount, thing = _amount(words)
    unit, thing = _unit(thing)
    name = " ".join(thing).strip(" ,.-")
    name = f"{unit} of {name}" if unit and name else unit or name
    if not name or not any(character.isalnum() for character in name):
        raise SentenceError(f"what was it? {_EXAMPLE.capitalize()}")
    if len(name) > MAX_NAME:
        raise SentenceError(f"what it was may have {MAX_NAME} characters, not {len(name)}; {_EXAMPLE}")
    guessed = () if amount is not None or unit else ("amount",)
    entry_type = verb if first and verb else _by_name(thing, unit) or verb
    if not entry_type:
        entry_type, guessed = FOOD, (*guessed, "entry_type")
    return ParsedEntry(entry_type, 1.0 if amount is None else amount, name, note, guessed, own_when or when)


def _amount(words: list[str]) -> tuple[float | None, list[str]]:
    """The first amount in ``words``, None where there is none, and the words without it.

    An amount as digits wins over a bare "a": "a milk, 120 ml".
    """
    found = [(number, at) for at in range(len(words)) if (number := numbers.read(words, at)) is not None]
    exact = [(number, at) for number, at in found if not number.is_article]
    if not found:
        return None, _without_article(words)
    number, at = found[0] if _and_a_half(words[found[0][0].end :]) else (exact or found)[0]
    if number.is_article and at:
        return None, _without_article(words)
    rest = words[number.end :]
    amount = number.value
    if (more := _and_a_half(rest)) is not None:
        amount, rest = amount + more.value, [rest[0], *rest[more.end :]]
    # Of "milk 120 ml" the unit stands after the number, and goes before the thing.
    return amount, [*_without_article(rest), *_without_article(words[:at])]


def _and_a_half(rest: list[str]) -> numbers.Number | None:
    """The fraction of "(a) bottle and a half", where ``rest`` begins with such a thing."""
    if rest[:1] and rest[0].lower() in UNITS and rest[1:2] == ["and"]:
        more = numbers.read(rest, 2)
        return more if more is not None and more.is_fraction else None
    return None


def _without_article(words: list[str]) -> list[str]:
    at = 0
    while at < len(words) and words[at].lower() in PARTS_END:
        at += 1
    return words[at:]


def _unit(words: list[str]) -> tuple[str, list[str]]:
    """The unit that ``words`` begin with, as the journal writes it, and the thing itself."""
    unit = UNITS.get(words[0].lower()) if words else None
    if unit is None:
        return "", words
    return unit, _without_article(words[1:])


def _by_name(thing: list[str], unit: str) -> EntryType | None:
    """Food or drink by the noun that the name ends in ("milk rice" is none), then by the unit."""
    nouns = [re.sub(r"\W", "", word.lower()) for word in thing]
    for number, noun in enumerate(nouns):
        if noun in ("with", "in", "from", "without", "for"):
            nouns = nouns[:number]
            break
    head = nouns[-1] if nouns else ""
    if head in DRINKS:
        return DRINK
    if head.rstrip("s") in FOODS_BY_VOLUME:
        return FOOD
    return DRINK if unit in LIQUID_UNITS else None
