"""Numbers as people say and write them: ``120``, ``1,5``, ``1 1/2``, ``twenty five``, ``half a``. Pure."""

import re
from dataclasses import dataclass

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: n for n, word in enumerate(_ONES.split())}
_SMALL |= {word: 10 * n for n, word in enumerate(_TENS.split(), 2)}
_LARGE = {"dozen": 12, "hundred": 100, "thousand": 1000}
_PARTS = {"half": 1 / 2, "halves": 1 / 2, "third": 1 / 3, "thirds": 1 / 3}
_PARTS |= {"quarter": 1 / 4, "quarters": 1 / 4, "fourth": 1 / 4, "eighth": 1 / 8}
_ARTICLES = frozenset({"a", "an", "another"})
_VAGUE = {"couple": 2, "few": 3, "pair": 2}
_DIGITS = re.compile(r"(?P<whole>[0-9]{1,9}(?:[.,][0-9]{1,6})?)(?:/(?P<below>[0-9]{1,4}))?")
_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and the place of the word after it.

    ``is_article``: only "a" says that it is one. ``is_fraction``: it is less than one, as "a half".
    """

    value: float
    end: int
    is_article: bool = False
    is_fraction: bool = False


def read(words: list[str], at: int) -> Number | None:
    """The number that ``words`` have from ``at`` on, as long as it goes; None where there is none."""
    low = [word.lower() for word in words[at : at + 12]]
    found = _mixed(low)
    if found is None:
        return None
    value, length, is_article = found
    is_fraction = not is_article and 0 < value < 1
    return Number(round(value, _DECIMALS), at + length, is_article, is_fraction)


def _mixed(low: list[str]) -> tuple[float, int, bool] | None:
    """A whole number and a part ("one and a half", "1 1/2"), either alone, or "a"."""
    part = _part(low)
    if part is not None:
        return (*part, False)
    whole = _whole(low)
    if whole is None:
        return (1, 1, True) if low[:1] and low[0] in _ARTICLES else None
    value, length = whole
    joined = length + (low[length : length + 1] == ["and"])
    more = _part(low[joined:])
    if more is not None and (joined > length or "/" in low[length]):
        value, length = value + more[0], joined + more[1]
    return value, length, False


def _part(low: list[str]) -> tuple[float, int] | None:
    """A part of one: ``1/2``, "half", "a quarter", "three quarters", "half a"."""
    if not low:
        return None
    if (match := _DIGITS.fullmatch(low[0])) and match["below"]:
        below = float(match["below"])
        return (_float(match["whole"]) / below, 1) if below else None
    if low[0] in _PARTS:
        return _PARTS[low[0]], 1
    if len(low) > 1 and low[1] in _PARTS:
        if low[0] in _ARTICLES:
            return _PARTS[low[1]], 2
        count = _SMALL.get(low[0]) or (int(low[0]) if re.fullmatch("[1-9]", low[0]) else None)
        if count is not None:
            return count * _PARTS[low[1]], 2
    return None


def _whole(low: list[str]) -> tuple[float, int] | None:
    """A number in digits, or in words to the thousands."""
    if not low:
        return None
    if (match := _DIGITS.fullmatch(low[0])) and not match["below"]:
        return _float(match["whole"]), 1
    if len(low) > 1 and low[0] == "a" and low[1] in _VAGUE:
        return _VAGUE[low[1]], 2
    return _in_words(low)


def _in_words(low: list[str]) -> tuple[float, int] | None:
    """ "two hundred and fifty", "twenty-five", "a dozen": tens and ones, times hundreds and thousands."""
    total, group, at, said = 0, 0, 0, False
    while at < len(low):
        word = low[at]
        pieces = word.split("-")
        if all(piece in _SMALL for piece in pieces):
            group += sum(_SMALL[piece] for piece in pieces)
        elif word in _LARGE and (said or at == 0 or low[0] in _ARTICLES):
            group = max(1, group) * _LARGE[word]
            if word == "thousand":
                total, group = total + group, 0
        elif _leads_on(low, at, said):
            at += 1
            continue
        else:
            break
        said = True
        at += 1
    return (total + group, at) if said else None


def _leads_on(low: list[str], at: int, said: bool) -> bool:
    """ "a" before "hundred", and "and" after it before a small number."""
    after = low[at + 1] if at + 1 < len(low) else ""
    if not said:
        return at == 0 and low[at] in _ARTICLES and after in _LARGE
    return low[at] == "and" and low[at - 1] in ("hundred", "thousand") and after.split("-")[0] in _SMALL


def _float(text: str) -> float:
    return float(text.replace(",", "."))
