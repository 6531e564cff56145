"""Rooms: a wall, a floor, and what stands there, with the zones that an owner would draw on the picture."""

import colorsys
import random
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.world.acts import Spot, View
from vision.cameras.paint import Colour, Picture

HORIZON = 0.60
"""Where the wall meets the floor, from the top."""
BEHIND_WALL = 0.63
"""Who stands farther than that is behind the wall, seen only through the door."""
WIDTH, HEIGHT = 1280, 720
"""Pixels a room is painted at; what is shown is scaled down from it."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the picture that an owner named: its corners in parts of the picture."""

    name: str
    kind: str
    polygon: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that stands in a room: its middle on the ground, and its size in metres."""

    kind: str
    x: float
    y: float
    wide: float
    tall: float


@dataclass(frozen=True)
class Room:
    """A room of one seed: what stands where, and what colours it has."""

    seed: int
    view: View
    things: tuple[Thing, ...]

    def of(self, kind: str) -> Thing | None:
        """The first thing of that kind."""
        return next((thing for thing in self.things if thing.kind == kind), None)

    def zones(self) -> tuple[Zone, ...]:
        """What an owner draws: around a bowl and who eats there, a bed, a door down to the floor."""
        found = []
        for thing in self.things:
            kind = {"food": "food", "water": "water", "bed": "bed", "door": "door", "chest": "perch"}.get(
                thing.kind
            )
            if kind is not None:
                found.append(Zone(thing.kind, kind, self._around(thing)))
        return tuple(found)

    def _around(self, thing: Thing) -> tuple[Spot, ...]:
        metre = self.view.metre(thing.y)
        down = metre / self.view.ratio
        if thing.kind in ("food", "water"):
            half, above, below = 0.28 * metre, 0.34 * down, 0.10 * down
        elif thing.kind == "door":
            half, above, below = (thing.wide / 2 + 0.06) * metre, thing.tall * down, 0.10 * down
        elif thing.kind == "chest":
            half, above, below = thing.wide / 2 * metre, (thing.tall + 0.4) * down, (0.08 - thing.tall) * down
        else:
            half, above, below = thing.wide / 2 * metre, 0.3 * down, thing.wide * 0.25 * down
        left, right = max(thing.x - half, 0.0), min(thing.x + half, 1.0)
        top, bottom = max(thing.y - above, 0.0), min(thing.y + below, 1.0)
        return ((left, top), (right, top), (right, bottom), (left, bottom))

    def box(self, thing: Thing) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of what it covers, in parts of the picture."""
        metre = self.view.metre(thing.y)
        half = thing.wide / 2 * metre
        return thing.x - half, thing.y - thing.tall * metre / self.view.ratio, thing.x + half, thing.y


def furnish(seed: int, kinds: tuple[str, ...], view: View) -> Room:
    """A room with one of each of ``kinds``: food, water, bed, door, chest, sofa, armchair; at most five."""
    chance = random.Random(f"room {seed}")
    places = [0.13, 0.32, 0.5, 0.68, 0.87]
    chance.shuffle(places)
    things = []
    for kind in sorted(kinds, key=lambda kind: kind == "sofa"):
        x = places.pop() + chance.uniform(-0.03, 0.03)
        if kind == "food":
            things.append(Thing(kind, x, chance.uniform(0.72, 0.86), 0.17, 0.05))
        elif kind == "water":
            things.append(Thing(kind, x, chance.uniform(0.72, 0.86), 0.20, 0.06))
        elif kind == "bed":
            things.append(Thing(kind, x, chance.uniform(0.74, 0.88), 0.72, 0.10))
        elif kind == "door":
            things.append(Thing(kind, min(max(x, 0.2), 0.8), HORIZON + 0.012, 0.75, 2.0))
        elif kind == "chest":
            things.append(Thing(kind, x, chance.uniform(0.68, 0.76), 0.75, chance.uniform(0.4, 0.75)))
        elif kind == "armchair":
            things.append(Thing(kind, x, chance.uniform(0.80, 0.90), 0.62, 0.62))
        elif kind == "sofa":
            things.append(Thing(kind, min(max(x, 0.22), 0.78), chance.uniform(0.76, 0.84), 1.3, 0.75))
    return Room(seed, view, tuple(things))


def painted(room: Room) -> Picture:
    """The empty room in blue, green, red, ``HEIGHT`` by ``WIDTH``; the same each time."""
    chance = random.Random(f"paint {room.seed}")
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    floor = round(HORIZON * HEIGHT)
    _wall(picture[:floor], chance)
    _floor(picture[floor:], chance)
    cv2.rectangle(picture, (0, floor - 18), (WIDTH, floor), _tone(chance, 0.1, 0.85), cv2.FILLED)
    cv2.line(picture, (0, floor), (WIDTH, floor), (60, 70, 80), 2)
    for thing in sorted(room.things, key=lambda thing: thing.y):
        _THINGS[thing.kind](picture, room, thing, chance)
    return _uneven(picture, chance)


def _tone(chance: random.Random, colourful: float, light: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(chance.random(), colourful * chance.random(), light)
    return blue * 255, green * 255, red * 255


def _wall(wall: Picture, chance: random.Random) -> None:
    wall[:] = _tone(chance, 0.35, chance.uniform(0.6, 0.92))
    if chance.random() < 0.5:
        step = chance.choice((26, 34, 50))
        for left in range(0, WIDTH, 2 * step):
            wall[:, left : left + step] = cv2.convertScaleAbs(wall[:, left : left + step], alpha=0.96)
    for _picture in range(chance.randint(1, 3)):
        left, top = chance.randint(40, WIDTH - 260), chance.randint(20, 140)
        right, bottom = left + chance.randint(90, 240), top + chance.randint(80, 190)
        cv2.rectangle(wall, (left, top), (right, bottom), _tone(chance, 0.3, 0.35), cv2.FILLED)
        cv2.rectangle(
            wall, (left + 9, top + 9), (right - 9, bottom - 9), _tone(chance, 0.6, 0.85), cv2.FILLED
        )
        middle = ((left + right) // 2, (top + bottom) // 2)
        cv2.circle(wall, middle, (bottom - top) // 5, _tone(chance, 0.8, 0.6), cv2.FILLED, cv2.LINE_AA)


def _floor(floor: Picture, chance: random.Random) -> None:
    floor[:] = _tone(chance, 0.5, chance.uniform(0.4, 0.78))
    height = floor.shape[0]
    kind = chance.choice(("boards", "tiles", "carpet"))
    dark = tuple(float(part) * 0.8 for part in floor[0, 0])
    if kind != "carpet":
        for number in range(-16, 33):
            ends = [round((0.5 + (number / 16 - 0.5) * spread) * WIDTH) for spread in (0.85, 1.6)]
            cv2.line(floor, (ends[0], 0), (ends[1], height), dark, 2, cv2.LINE_AA)
    if kind == "tiles":
        for row in range(8):
            down = round(height * (row / 8) ** 1.5)
            cv2.line(floor, (0, down), (WIDTH, down), dark, 2, cv2.LINE_AA)
    grain = np.random.default_rng(chance.randint(0, 2**31)).normal(0, 1, (height // 4, WIDTH // 12))
    grown = cv2.resize(grain.astype(np.float32), (WIDTH, height), interpolation=cv2.INTER_CUBIC)
    floor[:] = np.clip(floor + grown[..., None] * (6 if kind == "carpet" else 4), 0, 255)


def _corners(room: Room, thing: Thing) -> tuple[int, int, int, int]:
    left, top, right, bottom = room.box(thing)
    return round(left * WIDTH), round(top * HEIGHT), round(right * WIDTH), round(bottom * HEIGHT)


def _bowl(picture: Picture, room: Room, thing: Thing, chance: random.Random) -> None:
    left, top, right, bottom = _corners(room, thing)
    middle, half = (left + right) // 2, (right - left) // 2
    colour = _tone(chance, 0.7, 0.8)
    inside = (70, 100, 150) if thing.kind == "food" else (196, 178, 160)
    flat = max(2, half // 4)
    cv2.ellipse(picture, (middle, bottom), (half + 3, flat + 2), 0, 0, 360, (60, 66, 72), cv2.FILLED)
    cv2.rectangle(picture, (left, top), (right, bottom), colour, cv2.FILLED)
    cv2.ellipse(picture, (middle, bottom), (half, flat), 0, 0, 360, colour, cv2.FILLED, cv2.LINE_AA)
    cv2.ellipse(picture, (middle, top), (half, flat), 0, 0, 360, colour, cv2.FILLED, cv2.LINE_AA)
    cv2.ellipse(picture, (middle, top), (half - 3, flat - 1), 0, 0, 360, inside, cv2.FILLED, cv2.LINE_AA)


def _bed(picture: Picture, room: Room, thing: Thing, chance: random.Random) -> None:
    left, top, right, bottom = _corners(room, thing)
    middle, half = (left + right) // 2, (right - left) // 2
    colour, cushion = _tone(chance, 0.6, 0.5), _tone(chance, 0.4, 0.8)
    for dip, shrink, tone in ((8, 0, (50, 54, 60)), (0, 0, colour), (-4, half // 7, cushion)):
        axes = (half - shrink, (half - shrink) // 4)
        cv2.ellipse(picture, (middle, bottom + dip), axes, 0, 0, 360, tone, cv2.FILLED, cv2.LINE_AA)
    del top


def _door(picture: Picture, room: Room, thing: Thing, chance: random.Random) -> None:
    left, top, right, bottom = _corners(room, thing)
    frame = _tone(chance, 0.2, 0.9)
    cv2.rectangle(picture, (left - 14, max(top - 14, 0)), (right + 14, bottom), frame, cv2.FILLED)
    cv2.rectangle(picture, (left, max(top, 0)), (right, bottom), _tone(chance, 0.3, 0.42), cv2.FILLED)
    sill = round(HEIGHT * 0.56)
    cv2.rectangle(
        picture, (left, sill), (right, round(BEHIND_WALL * HEIGHT)), _tone(chance, 0.3, 0.36), cv2.FILLED
    )


def _block(picture: Picture, room: Room, thing: Thing, chance: random.Random) -> None:
    """A chest: a front and a lid."""
    left, top, right, bottom = _corners(room, thing)
    colour = _tone(chance, 0.6, chance.uniform(0.35, 0.7))
    cv2.rectangle(picture, (left, top), (right, bottom), colour, cv2.FILLED)
    lid = tuple(part * 1.15 for part in colour)
    cv2.rectangle(picture, (left - 4, top), (right + 4, top + 14), lid, cv2.FILLED)
    middle = (top + bottom) // 2
    cv2.line(picture, (left, middle), (right, middle), (40, 44, 48), 2)
    cv2.circle(picture, ((left + right) // 2, middle + 14), 4, (40, 44, 48), cv2.FILLED)


def _seat(picture: Picture, room: Room, thing: Thing, chance: random.Random) -> None:
    """A sofa or an armchair."""
    left, top, right, bottom = _corners(room, thing)
    colour = _tone(chance, 0.6, chance.uniform(0.3, 0.75))
    dark = tuple(part * 0.8 for part in colour)
    tall, arm = bottom - top, (right - left) // 9
    cv2.rectangle(picture, (left, top), (right, bottom), dark, cv2.FILLED)
    cv2.rectangle(
        picture, (left + arm, top + tall // 2), (right - arm, bottom - tall // 8), colour, cv2.FILLED
    )
    for side in (left, right - arm):
        cv2.rectangle(picture, (side, top + tall // 3), (side + arm, bottom), colour, cv2.FILLED)
    for part in range(1, 3 if thing.kind == "sofa" else 1):
        across = left + (right - left) * part // 3
        cv2.line(picture, (across, top + 4), (across, bottom - tall // 8), dark, 3)


_THINGS = {
    "food": _bowl,
    "water": _bowl,
    "bed": _bed,
    "door": _door,
    "chest": _block,
    "sofa": _seat,
    "armchair": _seat,
}


def _uneven(picture: Picture, chance: random.Random) -> Picture:
    """Light that comes from one side and does not reach the corners."""
    across = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
    light = 1.05 - 0.18 * (across - chance.uniform(-0.6, 0.6)) ** 2 - 0.12 * down**2
    return np.clip(picture * light[..., None], 0, 255).astype(np.uint8)
