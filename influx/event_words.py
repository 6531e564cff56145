"""What pets did, who they are and how long it took, as people read it on pages and on graphs; pure."""

from collections.abc import Mapping
from types import MappingProxyType

from influx.plain_words import of_somebody
from influx.schema import NO_PET, PERSON, UNKNOWN_PET

THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"

_EVENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "passing": "Passing by",
        "playing": "Playing",
        "sleeping": "Sleeping",
        "sitting": "Sitting",
        "eating_drinking": "Eating or drinking",
        "grooming": "Grooming",
        "jumping": "Jumping",
        "interacting": "Together",
        "vocalizing": "Vocalizing",
        "entering": "Coming in",
        "leaving": "Going out",
        "abnormal": "Unusual",
        "motion": "Movement",
        "photo": "Photo",
        "recording": "Recording",
        "timelapse": "Time-lapse",
    }
)

_DID: Mapping[str, str] = MappingProxyType(
    {
        "passing": "passed by",
        "playing": "played",
        "sleeping": "slept",
        "sitting": "sat",
        "eating_drinking": "ate or drank",
        "grooming": "groomed",
        "jumping": "jumped",
        "interacting": "was together with another",
        "vocalizing": "vocalized",
        "entering": "came in",
        "leaving": "went out",
        "abnormal": "was unusual",
        "motion": "moved",
    }
)
"""The same of a pet that has done it; a photo, a recording or a time-lapse none does."""

_NO_PETS: Mapping[str, str] = MappingProxyType(
    {UNKNOWN_PET: "Not recognised", PERSON: "A person", NO_PET: "Not a pet"}
)


def length(seconds: float) -> str:
    """A length of time in its two largest units."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}{THIN_SPACE}s"
    if whole < 3600:
        return _two(whole // 60, "min", whole % 60, "s")
    if whole < 86_400:
        return _two(whole // 3600, "h", whole % 3600 // 60, "min")
    days = whole // 86_400
    return _two(days, "day" if days == 1 else "days", whole % 86_400 // 3600, "h")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    text = f"{large}{THIN_SPACE}{large_unit}"
    return f"{text} {small}{THIN_SPACE}{small_unit}" if small else text


def event_type(name: str) -> str:
    """An event type as people say it."""
    return _EVENT_TYPES.get(name, name.replace("_", " ").capitalize())


def did(name: str) -> str:
    """What a pet did, after its name: ``played``."""
    return _DID.get(name) or f"did {event_type(name).lower()}"


def pet(name: str) -> str:
    """A pet's name as people write it, or that it was not recognised or is none."""
    return _NO_PETS.get(name) or of_somebody(name)
