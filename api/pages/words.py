"""How numbers, times and states read to a person; pure, and without a clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from influx.degrees import apart, in_unit
from influx.event_words import THIN_SPACE as THIN_SPACE
from influx.event_words import event_type as event_type
from influx.event_words import length as length
from influx.event_words import pet as pet
from influx.plain_words import MINUS as MINUS
from influx.plain_words import label as label
from influx.plain_words import number as number
from vision.events import (
    CLIP_LOST,
    CLIP_NONE,
    CLIP_PRUNED,
    CLIP_STORED,
    CLIP_WAITING,
    CODEC,
    NO_ROOM,
    OUT_OF_HOURS,
    RUSH,
)

NEAR_DAYS = ("Today", "Yesterday")


_CLIPS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        CLIP_STORED: ("Clip", "The clip is stored."),
        CLIP_WAITING: (
            "Clip on its way",
            "The clip is recorded and waits to be stored. It will play here soon.",
        ),
        CLIP_PRUNED: ("Clip removed", "The clip was removed to make room for newer ones. The event stays."),
        CLIP_LOST: (
            "Clip lost",
            "The clip could not be saved, or is no longer where it was stored.",
        ),
        CLIP_NONE: ("No clip", "Quiet moments like this one are kept as a picture, without a clip."),
    }
)
_NO_PICTURE = "Neither a clip nor a picture of this moment is kept."

_WHY_NO_CLIP: Mapping[str, str] = MappingProxyType(
    {
        OUT_OF_HOURS: "This camera records no clips at that hour (`record`).",
        RUSH: "There was too much at once, such as branches in the wind: it was put together, without clips.",
        NO_ROOM: "The disk had no room for a clip.",
        CODEC: "What this camera sends cannot be kept as a clip.",
    }
)

_EVIDENCE: Mapping[str, str] = MappingProxyType(
    {
        "looks": "Times looked at",
        "still_s": "Still, s",
        "longest_still_s": "Longest still, s",
        "quiet_s": "Longest without a stir, s",
        "stirring": "Part of four seconds that it was busy in its place",
        "erratic_s": "To and fro, s",
        "hurry_s": "Hurrying, s",
        "at_bowl_s": "Over the bowl, s",
        "near_s": "Close to another, s",
        "lively": "Part of that time it stirred",
        "path_widths": "Path, in widths of the picture",
        "reach_widths": "Reach, in widths of the picture",
        "top_speed_widths_s": "Top speed, in widths a second",
        "rise_widths": "Highest leap, in widths of the picture",
        "leaps": "Leaps",
        "legs": "Times the same way on end",
        "leg_widths": "Length of that way, in widths of the picture",
        "away_widths": "From where it began, in widths of the picture",
        "tallness": "Height by width",
        "moving": "Part of it that moved",
        "events": "Events put together",
        "zone": "At",
        "from": "Came from",
        "to": "Went to",
        "settled": "Came to rest",
        "continues": "Goes on from",
        "chapter": "Part of a long stay",
        "seen": "Seen as",
        "seen_pet": "Times a pet was seen",
        "seen_person": "Times a person was seen",
    }
)
"""Numbers of ``vision.activities`` and ``vision.seen``, as people read them."""


def amount(value: float) -> str:
    """An amount as one would write it: no trailing zeros, at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def temperature(celsius: float, unit: str) -> str:
    """A temperature with one decimal and its unit."""
    return f"{number(in_unit(celsius, unit))}{THIN_SPACE}°{unit}"


def difference(celsius: float, unit: str) -> str:
    """How far two temperatures are apart, with one decimal and the unit: 1 °C is 1.8 °F."""
    return f"{number(apart(celsius, unit))}{THIN_SPACE}°{unit}"


def ago(past: timedelta) -> str:
    """How long ago, in its largest unit."""
    seconds = past.total_seconds()
    if seconds < 5:
        return "just now"
    for size, unit in ((86_400, "day"), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            count = int(seconds // size)
            plural = "s" if unit == "day" and count > 1 else ""
            return f"{count}{THIN_SPACE}{unit}{plural} ago"
    return "just now"


def since(past: timedelta) -> str:
    """How long it is since, to the minute: what counts between two meals."""
    minutes = int(past.total_seconds() // 60)
    return length(60 * minutes) if minutes else f"0{THIN_SPACE}min"


def day(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The day of ``moment`` in the home's zone, seen from ``now``."""
    local, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    if local > today - timedelta(days=2) and local <= today:
        return NEAR_DAYS[(today - local).days]
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year}"


def clock(moment: datetime, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """The time of day of ``moment`` in the home's zone."""
    return f"{moment.astimezone(zone):{'%H:%M:%S' if seconds else '%H:%M'}}"


def clip(state: str) -> str:
    """The state of a clip in two or three words."""
    return _CLIPS.get(state, _CLIPS[CLIP_NONE])[0]


def clip_sentence(state: str, *, has_picture: bool = True, no_clip: str = "") -> str:
    """What the state of a clip means, where there is a picture instead or none; ``no_clip`` is the evidence
    of that name.
    """
    if state == CLIP_NONE and no_clip in _WHY_NO_CLIP:
        return _WHY_NO_CLIP[no_clip]
    if state == CLIP_NONE and not has_picture:
        return _NO_PICTURE
    return _CLIPS.get(state, _CLIPS[CLIP_NONE])[1]


def evidence(numbers: Mapping[str, object]) -> list[tuple[str, str]]:
    """The numbers that decided on an event, as names and values to read."""
    return [(_EVIDENCE.get(name) or label(name), _evidence_value(value)) for name, value in numbers.items()]


def _evidence_value(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.3g}".replace("-", MINUS) if abs(value) < 1000 else f"{value:.0f}"
        case None:
            return "–"
        case _:
            return str(value)
