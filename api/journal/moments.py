"""When something was eaten or drunk, as a sentence says it: "at 3 am", "half past two", "10 minutes ago".

A time of day is the most recent one at home; where it is not said whether before or after noon, the most
recent of both. Pure: the time and the zone are passed in.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from api.journal import numbers

LONGEST = timedelta(hours=24)
"""How far back an entry is written down: what is older is rather a slip than a meal."""
_DAY = timedelta(days=1)
_HOURS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_PART = r"(?:(?:a )?(?P<part>half|quarter) (?P<way>past|to) )"
_HOUR = rf"(?P<hour>\d{{1,2}}|{'|'.join(_HOURS)})(?:[:.](?P<minute>\d\d))?"
_HALF = r"(?P<half>am|pm|a\.m|p\.m|o'clock)"
_CLOCK = re.compile(rf"(?:(?:at|about|around) )*{_PART}?(?:(?P<named>noon|midnight)|{_HOUR})(?: {_HALF})?")
_AGO = (
    rf"(?:\d{{1,3}}(?:[.,]\d)?|\d/\d|{'|'.join(_HOURS)}|fifteen|twenty|thirty|forty|forty-five|fifty"
    r"|an?|and|of|half|quarters?|few|couple|about|around|hours?|hrs?|minutes?|mins?)"
)
_UNITS = {"minute": 1, "min": 1, "hour": 60, "hr": 60}
"""Minutes in each."""
_AM, _PM = "am", "pm"
_MEANS = {
    "this morning": _AM,
    "in the morning": _AM,
    "this afternoon": _PM,
    "in the afternoon": _PM,
    "this evening": _PM,
    "in the evening": _PM,
    "tonight": _PM,
}
"""What says which half of the day is meant."""


def _plain(pattern: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


_WHEN = re.compile(
    "|".join(
        (
            r"(?:just|right) now|now|again|already|please|today|yesterday",
            *_MEANS,
            r"(?:for|at|after|before) (?:breakfast|lunch|dinner|supper|snack|bed|(?:the )?nap)|at night",
            rf"(?:(?:at|about|around) )*{_plain(_PART)}?{_plain(_HOUR)} {_plain(_HALF)}",
            rf"(?:about |around )?at (?:about |around )?{_plain(_PART)}?(?:{_plain(_HOUR)}|noon|midnight)",
            rf"{_plain(_PART)}{_plain(_HOUR)}",
            rf"(?:{_AGO} ){{1,7}}ago",
        )
    )
)


def tells_when(words: str) -> bool:
    """Whether ``words``, in lower case, say when, and nothing else."""
    return _WHEN.fullmatch(words) is not None


class MomentError(ValueError):
    """A time at which nothing is written down, in one sentence."""


def read(said: Sequence[str], now: datetime, zone: ZoneInfo) -> tuple[datetime | None, list[str]]:
    """The moment that ``said``, pieces of a sentence, name, in UTC; and the pieces that say nothing of it.

    None where they name no time ("for breakfast"): then every piece is left. Raises ``MomentError`` for one
    that is ahead, or longer ago than ``LONGEST``.
    """
    hints = [piece for piece in said if piece in _MEANS or piece in ("today", "yesterday")]
    for piece in reversed(said):
        found = _ago(piece, now) or _at(piece, hints, now.astimezone(zone))
        if found is not None:
            if now - found > LONGEST:
                words = " ".join(said)
                raise MomentError(f"{words} is more than a day ago; only the last 24 hours are written down")
            return found.astimezone(now.tzinfo), [one for one in said if one != piece and one not in hints]
    return None, list(said)


def _ago(piece: str, now: datetime) -> datetime | None:
    """``10 minutes ago``, ``half an hour ago``, ``an hour and a half ago``."""
    words = [word for word in piece.split() if word not in ("about", "around")]
    if words[-1:] != ["ago"] or (number := numbers.read(words, 0)) is None:
        return None
    rest = words[number.end :]
    while rest[0] in ("a", "an", "of"):
        rest = rest[1:]
    minutes = _UNITS.get(rest[0].removesuffix("s"))
    if minutes is None:
        return None
    more = numbers.read(rest, 2) if rest[1:2] == ["and"] else None
    return now - timedelta(minutes=minutes * (number.value + (more.value if more else 0)))


def _at(piece: str, hints: Sequence[str], local: datetime) -> datetime | None:
    """The most recent moment, at home, of a time of day."""
    match = _CLOCK.fullmatch(piece)
    times = [] if match is None else list(_times(match, hints))
    if not times:
        return None
    days = [0] if "today" in hints else [1] if "yesterday" in hints else [0, 1]
    moments = [
        datetime.combine(local.date() - ago * _DAY, at, local.tzinfo).replace(fold=fold)
        for ago in days
        for at in times
        for fold in (0, 1)
    ]
    past = [moment for moment in moments if moment.timestamp() <= local.timestamp()]
    if not past:
        raise MomentError(f"{piece} is still ahead; only what was eaten or drunk is written down")
    return max(past, key=datetime.timestamp)


def _times(match: re.Match[str], hints: Sequence[str]) -> Iterator[time]:
    """The times of day that are meant: one, or both before and after noon."""
    if match["named"]:
        hours = [12 if match["named"] == "noon" else 0]
    else:
        hour = _HOURS.index(match["hour"]) + 1 if match["hour"] in _HOURS else int(match["hour"])
        half = (match["half"] or "").replace(".", "")
        meant = {half} & {_AM, _PM} or {_MEANS[hint] for hint in hints if hint in _MEANS} or {_AM, _PM}
        hours = [hour % 12 + 12 * (name == _PM) for name in sorted(meant)] if 1 <= hour <= 12 else [hour]
    minute = int(match["minute"] or 0)
    shift = {"half": 30, "quarter": 15}.get(match["part"] or "", 0) * (-1 if match["way"] == "to" else 1)
    if hours[0] < 24 and minute < 60:
        for hour in hours:
            minutes = (60 * hour + minute + shift) % 1440
            yield time(minutes // 60, minutes % 60)
