"""Who comes into the scripted room, when, and what they do there: pure, and the truth for tests."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

PERIOD = 180.0
"""Seconds after which the same visits come again."""

_OUTSIDE = 0.13  # picture widths beyond the edge at which the longest sprite is out of sight
_WALK, _RUN = 0.17, 0.34  # picture widths a second


class Pet(StrEnum):
    """Who lives there; each has a coat of its own."""

    SHADOW = "shadow"
    MANGO = "mango"


class Action(StrEnum):
    """What a pet does at one moment."""

    WALK = "walk"
    RUN = "run"
    SIT = "sit"


@dataclass(frozen=True, slots=True)
class Pose:
    """A pet at one moment: its feet's place in parts of the picture, and how to draw it."""

    pet: Pet
    action: Action
    x: float
    y: float
    facing: int
    """1 to the right, -1 to the left."""
    phase: float
    """How far the movement of its body has come, 0 to 1 and round again."""


@dataclass(frozen=True, slots=True)
class Leg:
    """Part of a visit: from one place to another in a straight line, or staying."""

    action: Action
    begin: float
    end: float
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Visit:
    """One pet from coming into sight to going out of it, in seconds since the script began."""

    pet: Pet
    start: float
    end: float
    event_type: str
    legs: tuple[Leg, ...]


_PLAN: tuple[tuple[float, Pet, str, int, float, float], ...] = (
    (5, Pet.SHADOW, "passing", 1, 0.72, 0),
    (21, Pet.MANGO, "sitting", -1, 0.80, 0.66),
    (56, Pet.SHADOW, "playing", 1, 0.86, 0.40),
    (87, Pet.MANGO, "passing", -1, 0.84, 0),
    (105, Pet.MANGO, "sitting", -1, 0.76, 0.78),
    (113, Pet.SHADOW, "playing", 1, 0.84, 0.28),
    (148, Pet.SHADOW, "passing", -1, 0.78, 0),
    (164, Pet.MANGO, "passing", 1, 0.90, 0),
)
"""About when in each period; who; what; the way they come (1: from the left); how far down and across."""


class Script:
    """The visits of a room, the same for the same ``seed``."""

    def __init__(self, seed: int = 0) -> None:
        chance = random.Random(seed)  # noqa: S311 - a repeatable play, no secret
        self._visits = tuple(_visit(chance, *entry) for entry in _PLAN)

    def visits(self, until: float) -> Iterator[Visit]:
        """The visits that start before ``until`` seconds, in order of their start."""
        for number in range(math.ceil(max(until, 0) / PERIOD)):
            for visit in self._visits:
                shifted = _later(visit, number * PERIOD)
                if shifted.start < until:
                    yield shifted

    def poses(self, seconds: float) -> list[Pose]:
        """The pets in the room that many seconds after the script began, the farthest first."""
        within = seconds % PERIOD
        present = (visit for visit in self._visits if visit.start <= within < visit.end)
        return sorted((_pose(visit, within) for visit in present), key=lambda pose: pose.y)


def _visit(
    chance: random.Random, start: float, pet: Pet, event_type: str, way: int, y: float, across: float
) -> Visit:
    start += chance.uniform(-1, 1)
    y += chance.uniform(-0.02, 0.02)
    inward, outward = (-_OUTSIDE, 1 + _OUTSIDE) if way > 0 else (1 + _OUTSIDE, -_OUTSIDE)
    if event_type == "passing":
        legs = [_go(Action.WALK, start, (inward, y), (outward, y), _WALK)]
    elif event_type == "sitting":
        legs = [_go(Action.WALK, start, (inward, y), (across, y), _WALK)]
        legs.append(_stay(legs[-1], chance.uniform(13, 17)))
        legs.append(_go(Action.WALK, legs[-1].end, (across, y), (inward, y), _WALK))
    else:
        legs = [_go(Action.RUN, start, (inward, y), (across, y), _RUN)]
        legs += _play(chance, legs[-1], chance.uniform(9, 11))
        last = legs[-1]
        legs.append(_go(Action.RUN, last.end, (last.x1, last.y1), (inward, y), _RUN))
    return Visit(pet, start, legs[-1].end, event_type, tuple(legs))


def _go(
    action: Action, begin: float, here: tuple[float, float], there: tuple[float, float], speed: float
) -> Leg:
    length = max(abs(there[0] - here[0]), abs(there[1] - here[1]))
    return Leg(action, begin, begin + length / speed, *here, *there)


def _stay(before: Leg, seconds: float) -> Leg:
    return Leg(Action.SIT, before.end, before.end + seconds, before.x1, before.y1, before.x1, before.y1)


def _play(chance: random.Random, before: Leg, seconds: float) -> list[Leg]:
    """Dash to and fro around one place: never twice to the same side of it."""
    legs, side = [before], chance.choice((-1, 1))
    while legs[-1].end - before.end < seconds:
        last, side = legs[-1], -side
        goal = (before.x1 + side * chance.uniform(0.07, 0.12), before.y1 + chance.uniform(-0.05, 0.05))
        legs.append(_go(Action.RUN, last.end, (last.x1, last.y1), goal, chance.uniform(0.3, 0.45)))
    return legs[1:]


def _later(visit: Visit, by: float) -> Visit:
    legs = tuple(
        Leg(leg.action, leg.begin + by, leg.end + by, leg.x0, leg.y0, leg.x1, leg.y1) for leg in visit.legs
    )
    return Visit(visit.pet, visit.start + by, visit.end + by, visit.event_type, legs)


def _pose(visit: Visit, seconds: float) -> Pose:
    leg = next(leg for leg in visit.legs if seconds < leg.end)
    part = (seconds - leg.begin) / (leg.end - leg.begin)
    return Pose(
        visit.pet,
        leg.action,
        leg.x0 + (leg.x1 - leg.x0) * part,
        leg.y0 + (leg.y1 - leg.y0) * part,
        _facing(visit.legs, leg),
        _phase(leg, seconds),
    )


def _facing(legs: Sequence[Leg], leg: Leg) -> int:
    """Where the leg leads; one who sits looks where they came from."""
    way = leg.x1 - leg.x0 or legs[0].x0 - leg.x0
    return 1 if way > 0 else -1


def _phase(leg: Leg, seconds: float) -> float:
    a_second = {Action.WALK: 1.3, Action.RUN: 2.6, Action.SIT: 0.35}[leg.action]
    return (seconds - leg.begin) * a_second % 1
