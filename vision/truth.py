"""What was really to be seen in a recording, and how far the events that were found agree with it.

``docs/world.md`` says what counts as what, how events and truth are paired, and what the file looks like.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field, ValidationError, field_validator, model_validator

from influx.config import Section
from influx.schema import EVENT_TYPES, UNKNOWN_PET
from vision.whereabouts import EVERY
from vision.zones import Zone

IN_TIME = 1.0
"""Seconds by which start and end may be wrong."""
MISSED, FALSE = "missed", "false"

_SHARED = 0.5  # of the shorter one of an event and a visit: what they have in common at least
_APART = 0.25  # picture widths: how far from each other they may be on average


class BadTruth(Exception):
    """The file is missing or says no truth; says which file and why."""


class Visit(Section):
    """What one pet did from when it came into sight until it was gone."""

    event_type: str
    start: float = Field(ge=0)
    end: float = Field(ge=0)
    pet: str = UNKNOWN_PET
    path: tuple[tuple[float, float, float], ...] = ()
    """Where it was: seconds, across, down."""

    @field_validator("event_type")
    @classmethod
    def _is_known(cls, event_type: str) -> str:
        if event_type not in EVENT_TYPES:
            raise ValueError(f"{event_type!r} is no event type; there are {', '.join(sorted(EVENT_TYPES))}")
        return event_type

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> "Visit":
        if self.end < self.start:
            raise ValueError(f"ends at {self.end:g} s, before it starts at {self.start:g} s")
        return self


class Together(Section):
    """When two or more pets covered or touched each other in the picture."""

    pets: tuple[str, ...]
    start: float
    end: float


class Truth(Section):
    """All that is known of one recording, in seconds since its first picture."""

    scripted: bool = False
    infrared: bool = False
    zones: tuple[Zone, ...] = ()
    events: tuple[Visit, ...]
    together: tuple[Together, ...] = ()


def read_truth(file: Path) -> Truth:
    """The truth that ``file`` holds; raises ``BadTruth``."""
    try:
        return Truth.model_validate_json(file.read_bytes())
    except OSError as error:
        raise BadTruth(f"{file} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise BadTruth(f"{file} is no truth file: {where}: {first['msg']} (see docs/world.md)") from None


@dataclass(frozen=True, slots=True)
class Found:
    """An event that was found, in seconds since the first picture."""

    event_type: str
    start: float
    end: float
    pet: str = UNKNOWN_PET
    places: Mapping[float, tuple[float, float]] = field(default_factory=dict)
    """Where it was on average in the ten seconds from each of these on, where that is known."""
    event_id: str = ""


def pairs(visits: Sequence[Visit], found: Sequence[Found]) -> list[tuple[int, int]]:
    """Which visit and which event are one: their numbers, each at most once."""
    offers = []
    for number, visit in enumerate(visits):
        for other, event in enumerate(found):
            both = min(visit.end, event.end) - max(visit.start, event.start)
            either = max(visit.end, event.end) - min(visit.start, event.start)
            shorter = min(visit.end - visit.start, event.end - event.start)
            if both <= 0 or both < _SHARED * shorter:
                continue
            away = _apart(visit, event)
            if away <= _APART:
                offers.append((-both / either, away, number, other))
    paired: list[tuple[int, int]] = []
    for _share, _away, number, other in sorted(offers):
        if all(number != visit and other != event for visit, event in paired):
            paired.append((number, other))
    return sorted(paired)


def _apart(visit: Visit, event: Found) -> float:
    """How far apart both were on average over the spans in which both are known; 0 if there is none."""
    gaps = []
    for begin, (x, y) in event.places.items():
        spots = [spot for spot in visit.path if begin <= spot[0] < begin + EVERY]
        spots = [spot for spot in spots if event.start - 1 <= spot[0] <= event.end + 1]
        if spots:
            across = sum(spot[1] for spot in spots) / len(spots) - x
            down = sum(spot[2] for spot in spots) / len(spots) - y
            gaps.append((across**2 + (down * 9 / 16) ** 2) ** 0.5)
    return sum(gaps) / len(gaps) if gaps else 0.0


@dataclass
class Score:
    """Counts of how far events and truth agree, over one recording or many."""

    types: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a visit of the first type was an event of the second (or was missed, or is false)."""
    pets: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of the pairs, how often the first pet was taken for the second."""
    late: list[tuple[float, float]] = field(default_factory=list)
    """Of each pair, by how much the event starts and ends later than the visit, in seconds."""

    def add(self, visits: Sequence[Visit], found: Sequence[Found]) -> list[tuple[int, int]]:
        """Count one recording; the pairs that were made."""
        paired = pairs(visits, found)
        for number, other in paired:
            visit, event = visits[number], found[other]
            self.types[visit.event_type, event.event_type] += 1
            self.pets[visit.pet, event.pet] += 1
            self.late.append((event.start - visit.start, event.end - visit.end))
        seen, used = {number for number, _ in paired}, {other for _, other in paired}
        self.types.update((visit.event_type, MISSED) for n, visit in enumerate(visits) if n not in seen)
        self.types.update((FALSE, event.event_type) for n, event in enumerate(found) if n not in used)
        return paired

    def merge(self, other: "Score") -> None:
        """Count what ``other`` counted too."""
        self.types.update(other.types)
        self.pets.update(other.pets)
        self.late.extend(other.late)

    @property
    def visits(self) -> int:
        """Visits in all."""
        return sum(count for (truth, _), count in self.types.items() if truth != FALSE)

    @property
    def missed(self) -> int:
        """Visits without an event."""
        return sum(count for (_, found), count in self.types.items() if found == MISSED)

    @property
    def false(self) -> int:
        """Events without a visit."""
        return sum(count for (truth, _), count in self.types.items() if truth == FALSE)

    @property
    def right(self) -> float:
        """Share of all visits whose event has their type; 1 where there are none."""
        return sum(self.types[kind, kind] for kind in EVENT_TYPES) / self.visits if self.visits else 1.0

    @property
    def in_time(self) -> float:
        """Share of the pairs whose start and end are right within ``IN_TIME``; 1 where there are none."""
        good = sum(max(abs(start), abs(end)) <= IN_TIME for start, end in self.late)
        return good / len(self.late) if self.late else 1.0

    def precision(self, kind: str) -> float | None:
        """Share of the events of that type that were right; None where none was found."""
        found = sum(count for (_, event), count in self.types.items() if event == kind)
        return self.types[kind, kind] / found if found else None

    def recall(self, kind: str) -> float | None:
        """Share of the visits of that type that were found as such; None where there was none."""
        visits = sum(count for (truth, _), count in self.types.items() if truth == kind)
        return self.types[kind, kind] / visits if visits else None

    def kinds(self) -> list[str]:
        """The types that were to be seen or were found, in the order of the alphabet."""
        named = {name for pair in self.types for name in pair}
        return sorted(named - {MISSED, FALSE})
