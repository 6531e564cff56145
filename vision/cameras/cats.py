"""The two cats of the scripted room: sprites of a walking, a running and a sitting cat in either coat."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike

from vision.cameras.paint import FINE, Coating, Colour, Knot, Picture, Spot, Sprite, patch, stroke
from vision.cameras.script import Action, Pet, Pose

WIDTH, HEIGHT = 300, 220
"""Pixels of a sprite at full size; its ground line lies ``GROUND`` from the top, its middle is the cat's."""
GROUND = 200
PHASES = {Action.WALK: 8, Action.RUN: 6, Action.SIT: 6}
"""Sprites of one round of each movement."""


@dataclass(frozen=True, slots=True)
class Coat:
    """The colours of one cat."""

    fur: Colour
    belly: Colour
    stripes: Colour
    strength: float
    """How far the stripes show, 0 to 1."""
    eye: Colour
    nose: Colour


COATS = {
    Pet.SHADOW: Coat((66, 60, 60), (84, 78, 76), (44, 40, 40), 0.25, (96, 214, 226), (70, 62, 74)),
    Pet.MANGO: Coat((72, 146, 226), (176, 214, 240), (44, 96, 188), 0.75, (92, 190, 120), (132, 138, 222)),
}


def frame_of(pose: Pose) -> int:
    """Which sprite of its movement a pose shows."""
    return int(pose.phase * PHASES[pose.action]) % PHASES[pose.action]


def cat(pet: Pet, action: Action, frame: int) -> tuple[Picture, Picture]:
    """One cat looking to the right: colours multiplied by the cover, and the cover."""
    drawing = Drawing(COATS[pet])
    turn = 2 * math.pi * frame / PHASES[action]
    {Action.WALK: walk, Action.RUN: run, Action.SIT: sit}[action](drawing, turn)
    return drawing.sprite.done()


class Drawing:
    """A sprite being drawn in its shown size's pixels, with fur on what is drawn."""

    def __init__(self, coat: Coat) -> None:
        self.coat = coat
        self.sprite = Sprite(WIDTH, HEIGHT)

    def shadow(self, middle: float, half: float, depth: float) -> None:
        """What the cat keeps from the floor's light, ``half`` pixels to either side of ``middle``."""
        mask = np.zeros(self.sprite.shape, np.uint8)
        axes = (round(half * FINE), round(9 * FINE))
        cv2.ellipse(mask, (round(middle * FINE), GROUND * FINE), axes, 0, 0, 360, (255,), cv2.FILLED)
        self.sprite.lay(cv2.GaussianBlur(mask, (0, 0), 6 * FINE), (20, 26, 36), cover=depth)

    def limb(
        self, *knots: Knot, shade: float = 1.0, roundness: float = 10, colour: Colour | None = None
    ) -> None:
        """A leg, a tail, a paw: a stroke in the fur's colour or another."""
        mask = self._mask(*knots)
        self.sprite.lay(mask, _shaded(colour or self.coat.fur, shade), roundness=roundness * FINE)

    def trunk(self, *knots: Knot, waves: float = 0.30, tilt: float = 0.1) -> None:
        """The body: striped across, lighter towards the belly."""
        mask = self._mask(*knots)
        self.sprite.lay(mask, _fur(self.coat, waves, tilt), roundness=30 * FINE)

    def light_fur(self, *knots: Knot, cover: float = 0.8) -> None:
        """The belly's fur along a stroke, with soft edges."""
        soft = cv2.GaussianBlur(self._mask(*knots), (0, 0), 4 * FINE)
        self.sprite.lay(soft, self.coat.belly, cover=cover)

    def head(self, x: float, y: float, *, blink: bool = False) -> None:
        """A head of about 27 pixels' radius looking a little towards the viewer."""
        coat = self.coat
        for near, base in ((False, x + 13), (True, x - 12)):
            ear = ((base - 12, y - 16), (base + (1 if near else 3), y - 46), (base + 12, y - 17))
            self._shape(ear, _shaded(coat.fur, 1 if near else 0.85), roundness=8)
            inner = ((base - 6, y - 20), (base + (1 if near else 3), y - 38), (base + 7, y - 20))
            self._shape(inner, _shaded(coat.nose, 0.9))
        self.sprite.lay(
            self._mask((x - 10, y + 2, 22), (x, y - 1, 26), (x + 11, y + 3, 21)),
            _fur(coat, 0.34, 0.0),
            roundness=26 * FINE,
        )
        self.limb((x + 10, y + 12, 10), (x + 20, y + 13, 9), roundness=9, colour=coat.belly)
        for eye in (x - 1, x + 20):
            self._eye(eye, y - 3, blink)
        self._shape(((x + 11, y + 5), (x + 19, y + 5), (x + 15, y + 10)), coat.nose, roundness=3)
        for way in (-1, 1):
            for lift in (-3, 2, 6):
                self._line(
                    (x + 15 + way * 9, y + 11), (x + 15 + way * 31, y + 8 + lift), (225, 225, 225), 0.5
                )

    def _eye(self, x: float, y: float, blink: bool) -> None:
        if blink:
            self._line((x - 5, y), (x + 5, y), (25, 25, 25), 0.9, 2)
            return
        self.limb((x - 0.5, y, 6.2), (x + 0.5, y, 6.2), roundness=0, colour=(28, 26, 26))
        self.limb((x - 0.5, y, 5.2), (x + 0.5, y, 5.2), roundness=6, colour=self.coat.eye)
        self.limb((x, y - 3, 1.6), (x, y + 3, 1.6), roundness=0, colour=(14, 12, 12))
        self.limb((x + 1.6, y - 2.2, 1.2), (x + 1.8, y - 2, 1.2), roundness=0, colour=(250, 250, 250))

    def _mask(self, *knots: Knot) -> Picture:
        return stroke(self.sprite.shape, [(x * FINE, y * FINE, radius * FINE) for x, y, radius in knots])

    def _shape(self, corners: tuple[Spot, ...], colour: Colour, roundness: float = 0) -> None:
        mask = patch(self.sprite.shape, [(x * FINE, y * FINE) for x, y in corners])
        self.sprite.lay(mask, colour, roundness=roundness * FINE)

    def _line(self, here: Spot, there: Spot, colour: Colour, cover: float, thick: int = 1) -> None:
        mask = np.zeros(self.sprite.shape, np.uint8)
        ends = [(round(x * FINE), round(y * FINE)) for x, y in (here, there)]
        cv2.line(mask, ends[0], ends[1], (255,), thick, cv2.LINE_AA)
        self.sprite.lay(mask, colour, cover=cover)


def _shaded(colour: Colour, shade: float) -> Colour:
    blue, green, red = colour
    return blue * shade, green * shade, red * shade


def _fur(coat: Coat, waves: float, tilt: float) -> Coating:
    """Fur with bands across that bend."""

    def coating(top: int, left: int, height: int, width: int) -> MatLike:
        down = np.arange(top, top + height, dtype=np.float32)[:, None] / FINE
        across = np.arange(left, left + width, dtype=np.float32)[None, :] / FINE
        band = np.sin((across + 5 * np.sin(down * 0.09) + tilt * down) * waves) * 0.5 + 0.5
        part = (coat.strength * band**3)[..., None]
        fur, stripes = np.array(coat.fur, np.float32), np.array(coat.stripes, np.float32)
        painted = part * (stripes - fur)
        painted += fur
        return np.asarray(painted, np.float32)

    return coating


def leg(
    drawing: Drawing, hip: Spot, turn: float, stride: float, *, hind: bool, shade: float, lift: float = 16
) -> None:
    """A leg whose foot goes back along the ground and forward through the air."""
    foot_x = hip[0] + stride * math.cos(turn) + (-4 if hind else 4)
    foot_y = GROUND - 6 - max(0.0, -math.sin(turn)) * lift
    knee_x = (hip[0] + foot_x) / 2 + (-11 if hind else 5)
    knee_y = (hip[1] + foot_y) / 2 + 6
    thigh = 19 if hind else 14
    drawing.limb(
        (hip[0], hip[1], thigh),
        (knee_x, knee_y, 10.5),
        (foot_x, foot_y - 4, 7.5),
        (foot_x + 5, foot_y, 7),
        shade=shade,
    )


def walk(drawing: Drawing, turn: float) -> None:
    """At a walk; ``turn`` is how far round the movement has come, in radians."""
    bob = 2 * math.sin(2 * turn)
    sway = 8 * math.sin(turn)
    drawing.shadow(148, 92, 0.55)
    leg(drawing, (92, 128 + bob), turn + math.pi, 22, hind=True, shade=0.72)
    leg(drawing, (190, 128 + bob), turn + math.pi * 1.5, 20, hind=False, shade=0.72)
    drawing.limb(
        (74, 106 + bob, 10), (46, 92, 9), (30, 62, 8), (34 + sway, 30, 7), (44 + sway, 18, 6), roundness=8
    )
    drawing.trunk((92, 116 + bob, 33), (142, 120 + bob, 31), (192, 113 + bob, 30), (212, 102 + bob, 25))
    drawing.light_fur((110, 144 + bob, 6), (150, 147 + bob, 6), (186, 140 + bob, 7))
    leg(drawing, (92, 130 + bob), turn, 22, hind=True, shade=0.98)
    leg(drawing, (192, 130 + bob), turn + math.pi / 2, 20, hind=False, shade=1.0)
    drawing.limb((206, 104 + bob, 23), (228, 90 + bob, 20), roundness=20)
    drawing.head(240, 80 + bob)


def run(drawing: Drawing, turn: float) -> None:
    """A gallop: gathered and stretched by turns, off the ground in between."""
    stretch = math.cos(turn)
    hop = 14 * max(0.0, math.sin(turn))
    rear, front = 96 - 10 * stretch, 196 + 12 * stretch
    drawing.shadow(148, 92 - hop, 0.5 - hop / 60)
    for part, shade in ((0.35, 0.72), (0.0, 1.0)):
        swing = math.cos(turn - part)
        if shade == 1.0:
            drawing.limb((rear - 16, 104 - hop, 10), (44, 100 - hop, 9), (20, 84 - hop, 8), (8, 66 - hop, 6))
            drawing.trunk(
                (rear, 120 - hop, 33),
                (146, 116 - 12 * (1 - stretch) / 2 - hop, 29),
                (front, 118 - hop, 29),
                (front + 14, 108 - hop, 24),
            )
            drawing.light_fur((118, 144 - hop, 6), (150, 141 - hop, 6), (186, 144 - hop, 7))
        hind = (rear - 30 * swing, GROUND - 8 - hop * 1.3)
        fore = (front + 34 * swing, GROUND - 8 - hop * 1.3 - 8 * max(0.0, swing))
        drawing.limb(
            (rear, 132 - hop, 19),
            (rear - 14 * swing - 8, 164 - hop, 11),
            (*hind, 7.5),
            (hind[0] + 6, hind[1] + 1, 7),
            shade=shade,
        )
        drawing.limb(
            (front, 132 - hop, 14),
            (front + 14 * swing + 4, 162 - hop, 10),
            (*fore, 7.5),
            (fore[0] + 6, fore[1] + 1, 7),
            shade=shade,
        )
    drawing.limb((front + 8, 110 - hop, 22), (front + 28, 100 - hop, 20), roundness=20)
    drawing.head(min(front + 38, 258), 92 - hop)


def sit(drawing: Drawing, turn: float) -> None:
    """Upright on its haunches; only the tip of its tail, and now and then its eyes, move."""
    tip = math.sin(turn)
    drawing.shadow(150, 66, 0.6)
    drawing.trunk((128, 160, 38), (140, 130, 36), (160, 100, 27), (166, 84, 23), waves=0.24, tilt=0.5)
    drawing.limb((166, 128, 13), (172, 160, 10), (174, 190, 8), (180, 194, 7.5), shade=0.78)
    drawing.light_fur((170, 100, 9), (168, 124, 11), (160, 146, 8))
    drawing.limb((122, 162, 30), (142, 178, 22), (160, 192, 9), shade=1.0, roundness=26)
    drawing.limb((158, 126, 14), (162, 160, 11), (160, 188, 8.5), (168, 194, 8))
    drawing.limb(
        (96, 182, 9),
        (110, 197, 8),
        (140, 202, 7.5),
        (172, 203, 7),
        (198 + 6 * tip, 196 - 9 * tip, 6),
        roundness=8,
    )
    drawing.head(172, 64, blink=turn > 5)
