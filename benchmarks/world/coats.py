"""Who lives there: cats and dogs whose coats differ, as those of one home often do."""

from dataclasses import dataclass

from vision.cameras.cats import COATS, Coat
from vision.cameras.script import Pet


@dataclass(frozen=True, slots=True)
class Animal:
    """One pet: its coat, whether it is a dog, and its size beside a cat of half a metre."""

    name: str
    coat: Coat
    dog: bool
    build: float


ANIMALS = (
    Animal("mango", COATS[Pet.MANGO], dog=False, build=1.0),
    Animal("shadow", COATS[Pet.SHADOW], dog=False, build=0.95),
    Animal(
        "snow",
        Coat((226, 234, 238), (242, 246, 248), (205, 214, 222), 0.15, (206, 170, 96), (160, 150, 222)),
        dog=False,
        build=0.92,
    ),
    Animal(
        "ash",
        Coat((142, 140, 136), (196, 198, 198), (70, 70, 68), 0.85, (90, 200, 180), (112, 106, 150)),
        dog=False,
        build=1.05,
    ),
    Animal(
        "cocoa",
        Coat((40, 66, 108), (70, 104, 148), (28, 44, 74), 0.35, (40, 60, 80), (36, 34, 40)),
        dog=True,
        build=1.18,
    ),
    Animal(
        "biscuit",
        Coat((128, 176, 214), (206, 226, 238), (110, 156, 198), 0.2, (36, 52, 72), (34, 32, 38)),
        dog=True,
        build=1.05,
    ),
)
"""In blue, green, red, as everywhere."""
