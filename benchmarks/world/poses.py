"""What pets look like at each thing they do: the demo's walking, running and sitting cat, and the rest.

Places are pixels of a sprite, which looks to the right (see ``vision.cameras.cats``).
"""

import math
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from benchmarks.world.coats import ANIMALS, Animal
from vision.cameras.cats import GROUND, Drawing, leg, run, sit, walk
from vision.cameras.paint import Picture


class Posture(StrEnum):
    """One way to draw a pet."""

    WALK = "walk"
    RUN = "run"
    STAND = "stand"
    SIT = "sit"
    EAT = "eat"
    LICK = "lick"
    FLANK = "flank"
    WASH = "wash"
    CURL = "curl"
    STRETCHED = "stretched"
    CROUCH = "crouch"
    LEAP = "leap"
    BAT = "bat"
    SNIFF = "sniff"


class DogDrawing(Drawing):
    """The same body under a dog's head: a long muzzle and hanging ears."""

    def head(self, x: float, y: float, *, blink: bool = False) -> None:
        """See ``Drawing.head``."""
        coat = self.coat
        dark = tuple(part * 0.72 for part in coat.fur)
        self.limb((x + 10, y - 18, 8), (x + 16, y - 4, 9), (x + 15, y + 10, 7), colour=_three(dark))
        self.limb((x - 6, y, 23), (x + 4, y + 1, 23), roundness=24)
        self.limb((x + 14, y + 7, 15), (x + 30, y + 11, 12), (x + 38, y + 12, 10), roundness=11)
        self.limb((x + 16, y + 17, 8), (x + 34, y + 19, 6), roundness=6, colour=coat.belly)
        self.limb((x + 44, y + 5, 5), (x + 45, y + 6, 5), roundness=4, colour=coat.nose)
        if blink:
            self.limb((x + 7, y - 5, 1.4), (x + 14, y - 5, 1.4), roundness=0, colour=(25, 25, 25))
        else:
            self.limb((x + 10, y - 5, 4.6), (x + 11, y - 5, 4.6), roundness=4, colour=coat.eye)
            self.limb((x + 12, y - 7, 1.2), (x + 12, y - 6, 1.2), roundness=0, colour=(250, 250, 250))
        self.limb((x - 16, y - 16, 9), (x - 22, y + 2, 11), (x - 18, y + 20, 8), colour=_three(dark))


def _three(colour: tuple[float, ...]) -> tuple[float, float, float]:
    blue, green, red = colour
    return blue, green, red


def _upright(drawing: Drawing, low: float, tail: float) -> None:
    """Four legs on the ground and a trunk whose front is ``low`` pixels lower."""
    down = math.pi / 2
    leg(drawing, (96, 128), down, 0, hind=True, shade=0.72)
    leg(drawing, (184, 128 + low), down, 0, hind=False, shade=0.72)
    drawing.limb((74, 106, 10), (46, 96, 9), (28, 74, 8), (28 + 8 * tail, 44, 7), (36 + 14 * tail, 30, 6))
    drawing.trunk((92, 116, 33), (142, 120 + low / 3, 31), (190, 113 + low * 0.8, 30), (210, 104 + low, 25))
    drawing.light_fur((110, 144, 6), (150, 147 + low / 3, 6), (184, 141 + low * 0.8, 7))
    leg(drawing, (90, 130), down, 0, hind=True, shade=0.98)
    leg(drawing, (196, 130 + low * 0.7), down, 0, hind=False, shade=1.0)


def _stand(drawing: Drawing, turn: float) -> None:
    """Looks about: the head follows what it hears."""
    drawing.shadow(148, 92, 0.55)
    _upright(drawing, 0, math.sin(turn))
    drawing.limb((206, 104, 23), (226, 90, 20), roundness=20)
    drawing.head(238 + 3 * math.sin(turn), 78 + 2 * math.cos(turn))


def _eat(drawing: Drawing, turn: float) -> None:
    """Head in the bowl; each lap or bite is a nod of a centimetre."""
    nod = 4 * math.sin(turn)
    drawing.shadow(148, 92, 0.55)
    _upright(drawing, 26, 0.2)
    drawing.limb((204, 134, 22), (228, 152 + nod / 2, 19), roundness=19)
    drawing.head(242, 164 + nod)


def _sniff(drawing: Drawing, turn: float) -> None:
    """Nose forward, to something or somebody."""
    drawing.shadow(150, 92, 0.55)
    _upright(drawing, 8, math.sin(turn))
    drawing.limb((208, 114, 22), (228, 112, 19), roundness=19)
    drawing.head(242 + 3 * math.sin(2 * turn), 112 + 3 * math.sin(turn))


def _haunches(drawing: Drawing, lean: float) -> None:
    """One who sits, all but the head and the near foreleg; the chest ``lean`` pixels lower."""
    drawing.shadow(150, 66, 0.6)
    drawing.trunk(
        (128, 160, 38), (140, 132, 36), (160, 102 + lean, 27), (168, 88 + lean, 23), waves=0.24, tilt=0.5
    )
    drawing.limb((166, 128, 13), (172, 160, 10), (174, 190, 8), (180, 194, 7.5), shade=0.78)
    drawing.light_fur((170, 102 + lean, 9), (168, 126, 11), (160, 146, 8))
    drawing.limb((122, 162, 30), (142, 178, 22), (160, 192, 9), shade=1.0, roundness=26)
    drawing.limb((96, 182, 9), (110, 197, 8), (140, 202, 7.5), (172, 203, 7), (198, 198, 6), roundness=8)


def _lick(drawing: Drawing, turn: float) -> None:
    """Licks its raised foreleg: the head goes some six centimetres along with each stroke."""
    stroke = 12 * math.sin(turn)
    _haunches(drawing, 10)
    drawing.limb((164, 130, 13), (192, 134, 11), (206, 118, 8.5), (208, 108, 8))
    drawing.limb((170, 96, 22), (182, 92 + stroke / 2, 19), roundness=19)
    drawing.head(190, 92 + stroke, blink=True)


def _flank(drawing: Drawing, turn: float) -> None:
    """Licks its side: the head turned back over the shoulder."""
    stroke = 12 * math.sin(turn)
    _haunches(drawing, 16)
    drawing.limb((158, 126, 14), (162, 160, 11), (160, 188, 8.5), (168, 194, 8))
    drawing.limb((166, 100, 22), (142, 100 + stroke / 3, 20), roundness=19)
    drawing.head(122 + stroke / 3, 112 + stroke, blink=True)


def _wash(drawing: Drawing, turn: float) -> None:
    """Wipes its face: the paw from the mouth over the ear and back."""
    up = 0.5 - 0.5 * math.cos(turn)
    _haunches(drawing, 4)
    drawing.limb((170, 90, 22), (172, 82, 20), roundness=19)
    drawing.head(176 + 3 * up, 72 + 9 * up, blink=True)
    drawing.limb((164, 130, 13), (196, 128 - 20 * up, 10), (194 - 8 * up, 96 - 44 * up, 9))


def _curl(drawing: Drawing, turn: float) -> None:
    """Asleep in a ring, the nose at the tail; breath lifts the flank by two millimetres or so."""
    breath = 1.0 * math.sin(turn)
    drawing.shadow(150, 100, 0.6)
    drawing.trunk(
        (84, 176, 24), (112, 162, 34 + breath), (152, 158, 39 + breath), (190, 168, 30), waves=0.22, tilt=0.4
    )
    drawing.limb((86, 172, 24), (112, 184, 16), (150, 192, 9), roundness=20)
    drawing.head(206, 166, blink=True)
    drawing.limb((74, 186, 10), (96, 196, 9), (140, 200, 8), (186, 199, 7), (206, 194, 6), roundness=8)


def _stretched(drawing: Drawing, turn: float) -> None:
    """Asleep on its side, legs from it."""
    breath = 1.0 * math.sin(turn)
    drawing.shadow(146, 112, 0.6)
    drawing.limb((62, 180, 9), (36, 190, 8), (10, 194, 6), roundness=8)
    drawing.limb((88, 182, 16), (112, 196, 9), (146, 200, 7), shade=0.8)
    drawing.limb((188, 184, 13), (216, 196, 9), (246, 200, 7), shade=0.8)
    drawing.trunk((78, 176, 24), (124, 172, 27 + breath), (172, 174, 26 + breath), (200, 178, 21))
    drawing.limb((84, 180, 20), (104, 192, 12), (132, 199, 8))
    drawing.limb((196, 184, 13), (220, 192, 9), (240, 198, 7))
    drawing.head(226, 172, blink=True)


def _crouch(drawing: Drawing, turn: float) -> None:
    """Low to the ground, the rump swaying: what comes before a jump."""
    sway = 3 * math.sin(turn)
    drawing.shadow(150, 92, 0.6)
    drawing.limb((66, 168, 9), (40, 178, 8), (16, 182 + 4 * math.sin(turn), 6), roundness=8)
    drawing.limb((190, 172, 13), (204, 190, 9), (216, 195, 7.5), shade=0.75)
    drawing.trunk((88 + sway, 154, 32), (138, 162, 29), (186, 164, 26), (206, 158, 22))
    drawing.limb((92 + sway, 160, 26), (104, 184, 14), (124, 194, 8))
    drawing.limb((194, 174, 13), (198, 190, 9), (212, 196, 7.5))
    drawing.head(226, 150)


def _bat(drawing: Drawing, turn: float) -> None:
    """Strikes at something with a paw."""
    strike = math.sin(turn)
    drawing.shadow(150, 92, 0.6)
    drawing.limb((66, 160, 9), (40, 160, 8), (20, 140 + 14 * strike, 6), roundness=8)
    drawing.limb((188, 166, 13), (196, 186, 9), (206, 195, 7.5), shade=0.75)
    drawing.trunk((90, 148, 32), (140, 150, 29), (186, 144, 27), (206, 134, 23))
    drawing.limb((92, 156, 26), (102, 182, 14), (122, 194, 8))
    drawing.head(228, 118 + 6 * strike)
    drawing.limb((196, 152, 13), (226, 162 - 22 * strike, 10), (256, 172 - 40 * strike, 8.5))


def _leap(drawing: Drawing, turn: float) -> None:
    """In the air, stretched."""
    run(drawing, turn * 0)


_DRAWN: dict[Posture, tuple[Callable[[Drawing, float], None], int]] = {
    Posture.WALK: (walk, 8),
    Posture.RUN: (run, 6),
    Posture.STAND: (_stand, 6),
    Posture.SIT: (sit, 6),
    Posture.EAT: (_eat, 6),
    Posture.LICK: (_lick, 8),
    Posture.FLANK: (_flank, 8),
    Posture.WASH: (_wash, 8),
    Posture.CURL: (_curl, 6),
    Posture.STRETCHED: (_stretched, 6),
    Posture.CROUCH: (_crouch, 6),
    Posture.LEAP: (_leap, 1),
    Posture.BAT: (_bat, 6),
    Posture.SNIFF: (_sniff, 8),
}
"""How each is drawn, and in how many pictures a round."""
_NAMED: dict[str, Animal] = {animal.name: animal for animal in ANIMALS}

__all__ = ["GROUND", "DogDrawing", "Posture", "drawn", "frame_of"]


def frame_of(posture: Posture, phase: float) -> int:
    """Which picture of its movement shows a phase (rounds, any number)."""
    frames = _DRAWN[posture][1]
    return int(phase % 1 * frames) % frames


@lru_cache(maxsize=600)
def drawn(name: str, posture: Posture, frame: int) -> tuple[Picture, Picture]:
    """The animal called ``name``: colours multiplied by the cover, and the cover."""
    animal = _NAMED[name]
    drawing = DogDrawing(animal.coat) if animal.dog else Drawing(animal.coat)
    draw, frames = _DRAWN[posture]
    draw(drawing, 2 * math.pi * frame / frames)
    return drawing.sprite.done()
