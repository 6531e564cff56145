"""Scenes from seeds: who comes into which room, what they do, and what the light does meanwhile."""

import math
import random
from dataclasses import dataclass, replace

from benchmarks.world.acts import View, Visit
from benchmarks.world.director import Director
from benchmarks.world.light import Light, lit
from benchmarks.world.poses import Posture
from benchmarks.world.rooms import Room, furnish

KINDS = (
    "passing",
    "playing",
    "sleeping",
    "sitting",
    "eating_drinking",
    "grooming",
    "jumping",
    "interacting",
    "entering",
    "leaving",
    "abnormal",
    "empty",
)
"""What the first pet of a scene does, by turns; in an empty one nobody comes."""
TEST = range(7_000_000, 7_000_200)
"""The seeds that figures are told of, chosen before any rule was written; nobody looks at these scenes."""
TRAIN = range(1_000, 1_000_000)
"""The seeds that rules are tuned on."""

_AFTER = 6.0  # seconds from the last visit to the end, where nobody stays


@dataclass(frozen=True)
class Scene:
    """All there is to know about one scene."""

    seed: int
    kind: str
    infrared: bool
    seconds: float
    room: Room
    visits: tuple[Visit, ...]
    light: Light
    encoded: bool
    """Whether its pictures go through a real encoder before they are looked at."""
    width: int
    height: int


def scene(seed: int) -> Scene:
    """The scene of that seed, the same each time: even ones by day, odd ones in infrared."""
    chance = random.Random(f"scene {seed}")
    kind = KINDS[seed // 2 % len(KINDS)]
    infrared = seed % 2 == 1
    view = View(lens=chance.choice((0.55, 0.7, 0.85, 1.0)))
    room = furnish(seed, _furniture(chance, kind), view)
    visits = Director(chance, room).direct(kind)
    gone = [visit.acts[-1].end for visit in visits if not _stays(visit)]
    there = [visit.acts[-1].end for visit in visits if _stays(visit)]
    seconds = max([*(end + _AFTER for end in gone), *there], default=chance.uniform(30, 50))
    seconds = math.ceil(seconds * 5) / 5
    visits = tuple(_until(visit, seconds) if _stays(visit) else visit for visit in visits)
    light = lit(seed, seconds, infrared=infrared, eventful=kind == "empty" or chance.random() < 0.35)
    encoded = chance.random() < 0.1
    width, height = (640, 360) if chance.random() < 0.3 else (1280, 720)
    return Scene(seed, kind, infrared, seconds, room, visits, light, encoded, width, height)


def _stays(visit: Visit) -> bool:
    """Whether it sleeps on where it lay down."""
    return visit.acts[-1].posture in (Posture.CURL, Posture.STRETCHED)


def _until(visit: Visit, seconds: float) -> Visit:
    return replace(visit, acts=(*visit.acts[:-1], replace(visit.acts[-1], end=seconds)))


def _furniture(chance: random.Random, kind: str) -> tuple[str, ...]:
    needed = {
        "sleeping": {"bed"},
        "eating_drinking": {chance.choice(("food", "water"))},
        "jumping": {"chest"},
        "entering": {chance.choice(("door", "sofa"))},
        "leaving": {chance.choice(("door", "sofa"))},
    }.get(kind, set())
    extra = [one for one in ("food", "bed", "chest", "armchair", "water") if one not in needed]
    chance.shuffle(extra)
    return tuple(sorted(needed | set(extra[: chance.randint(1, 4 - len(needed))])))
