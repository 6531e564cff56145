"""The scripted room: a wall, a window, a floor, and what stands on it."""

import random

import cv2
import numpy as np

from vision.cameras.paint import Colour, Picture

HORIZON = 0.60
"""Where the wall meets the floor, from the top."""


def room(width: int, height: int) -> Picture:
    """The empty room in blue, green, red; the same each time."""
    picture = np.zeros((height, width, 3), np.uint8)
    floor = round(height * HORIZON)
    _shade(picture[:floor], (196, 216, 224), (170, 192, 206))
    _wallpaper(picture[:floor])
    _boards(picture[floor:])
    pen = _Pen(picture)
    pen.box(0, HORIZON - 0.03, 1, HORIZON, (228, 236, 240))
    pen.box(0, HORIZON - 0.002, 1, HORIZON + 0.003, (92, 112, 132))
    _window(pen)
    _rug(pen)
    _shelf(pen)
    _plant(pen)
    _bowl(pen)
    return _lit(picture)


class _Pen:
    """Draws on a picture in parts of its size; round things are round in parts of its height."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.height, self.width = picture.shape[:2]

    def at(self, x: float, y: float) -> tuple[int, int]:
        return round(x * self.width), round(y * self.height)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        cv2.rectangle(self.picture, self.at(left, top), self.at(right, bottom), colour, cv2.FILLED)

    def oval(self, x: float, y: float, across: float, down: float, colour: Colour, turn: float = 0) -> None:
        axes = (max(1, round(across * self.height)), max(1, round(down * self.height)))
        cv2.ellipse(self.picture, self.at(x, y), axes, turn, 0, 360, colour, cv2.FILLED, cv2.LINE_AA)

    def form(self, colour: Colour, *spots: tuple[float, float]) -> None:
        corners = np.array([self.at(x, y) for x, y in spots], np.int32)
        cv2.fillPoly(self.picture, [corners], colour, cv2.LINE_AA)


def _shade(part: Picture, top: Colour, bottom: Colour) -> None:
    down = np.linspace(0, 1, part.shape[0], dtype=np.float32)[:, None]
    part[:] = (np.array(top) * (1 - down) + np.array(bottom) * down)[:, None, :].astype(np.uint8)


def _wallpaper(wall: Picture) -> None:
    step = wall.shape[1] // 40
    for number, left in enumerate(range(0, wall.shape[1], step)):
        if number % 2:
            stripe = wall[:, left : left + step]
            stripe[:] = cv2.convertScaleAbs(stripe, alpha=0.975)


def _boards(floor: Picture) -> None:
    """Boards that run towards a vanishing point far above the picture's middle."""
    chance = random.Random(7)  # noqa: S311 - the same boards each time
    height, width = floor.shape[:2]
    _shade(floor, (86, 128, 170), (72, 112, 158))
    for number in range(-14, 30):
        tone = chance.uniform(0.90, 1.06)
        top, bottom = [(0.5 + (number / 16 - 0.5) * spread) * width for spread in (0.85, 1.6)]
        wide_top, wide_bottom = 0.85 * width / 16, 1.6 * width / 16
        mask = np.zeros((height, width), np.uint8)
        corners = [(top, 0), (top + wide_top, 0), (bottom + wide_bottom, height), (bottom, height)]
        cv2.fillPoly(mask, [np.array(corners).astype(np.int32)], (255,), cv2.LINE_AA)
        np.copyto(floor, cv2.convertScaleAbs(floor, alpha=tone), where=(mask > 127)[..., None])
        cv2.line(floor, (int(top), 0), (int(bottom), height), (58, 92, 130), 1, cv2.LINE_AA)
        joint = chance.uniform(0.1, 0.9)
        x, y = top + (bottom - top) * joint, int(joint * height)
        wide = wide_top + (wide_bottom - wide_top) * joint
        cv2.line(floor, (int(x), y), (int(x + wide), y), (58, 92, 130), 1, cv2.LINE_AA)


def _window(pen: _Pen) -> None:
    left, top, right, bottom = 0.10, 0.07, 0.36, 0.42
    pen.box(left - 0.012, top - 0.02, right + 0.012, bottom + 0.02, (238, 244, 246))
    _shade(
        pen.picture[
            slice(*(round(v * pen.height) for v in (top, bottom))),
            slice(*(round(v * pen.width) for v in (left, right))),
        ],
        (232, 196, 150),
        (240, 228, 214),
    )
    pen.oval(0.30, 0.14, 0.030, 0.030, (196, 238, 252))
    pen.form(
        (150, 176, 140),
        (left, 0.36),
        (0.16, 0.30),
        (0.22, 0.34),
        (0.29, 0.28),
        (right, 0.33),
        (right, bottom),
        (left, bottom),
    )
    pen.form(
        (104, 150, 108),
        (left, 0.39),
        (0.20, 0.36),
        (0.30, 0.385),
        (right, 0.36),
        (right, bottom),
        (left, bottom),
    )
    pen.box(0.227, top, 0.233, bottom, (238, 244, 246))
    pen.box(left, 0.235, right, 0.245, (238, 244, 246))
    pen.box(left - 0.025, bottom + 0.02, right + 0.025, bottom + 0.036, (222, 230, 234))
    for side, way in ((left - 0.03, 1), (right + 0.03, -1)):
        for fold in range(5):
            x = side + way * (fold - 2) * 0.012
            tone = 1.0 - 0.06 * (fold % 2)
            pen.form(
                (148 * tone, 132 * tone, 96 * tone),
                (x - 0.008, 0.03),
                (x + 0.008, 0.03),
                (x + 0.010, 0.50),
                (x - 0.010, 0.50),
            )
    pen.box(0.05, 0.025, 0.41, 0.036, (70, 84, 104))


def _rug(pen: _Pen) -> None:
    for across, down, colour in (
        (0.44, 0.125, (96, 84, 120)),
        (0.42, 0.115, (196, 208, 222)),
        (0.385, 0.103, (122, 112, 150)),
        (0.26, 0.066, (150, 144, 178)),
        (0.13, 0.030, (196, 208, 222)),
    ):
        pen.oval(0.43, 0.86, across, down, colour)


def _shelf(pen: _Pen) -> None:
    pen.box(0.62, 0.26, 0.86, 0.275, (84, 116, 148))
    pen.box(0.62, 0.275, 0.86, 0.281, (58, 84, 112))
    colours = ((92, 84, 160), (150, 120, 70), (84, 140, 150), (120, 96, 90), (70, 110, 180), (160, 150, 120))
    x = 0.64
    for number, colour in enumerate(colours):
        wide, tall = 0.012 + 0.003 * (number % 3), 0.095 + 0.012 * (number * 5 % 3)
        pen.box(x, 0.26 - tall, x + wide, 0.26, colour)
        pen.box(x, 0.26 - tall + 0.015, x + wide, 0.26 - tall + 0.02, (200, 214, 220))
        x += wide + 0.002
    pen.oval(0.81, 0.225, 0.036, 0.036, (150, 164, 170))
    pen.oval(0.805, 0.218, 0.026, 0.026, (176, 190, 196))
    pen.box(0.66, 0.34, 0.76, 0.50, (78, 100, 124))
    pen.box(0.667, 0.353, 0.753, 0.487, (226, 234, 236))
    pen.oval(0.71, 0.44, 0.026, 0.022, (120, 132, 190))
    for toe in (-1.5, -0.5, 0.5, 1.5):
        pen.oval(0.71 + toe * 0.0105, 0.403 + 0.008 * abs(toe), 0.0085, 0.012, (120, 132, 190))


def _plant(pen: _Pen) -> None:
    chance = random.Random(3)  # noqa: S311 - the same plant each time
    for _leaf in range(26):
        angle, reach = chance.uniform(-1.35, 1.35), chance.uniform(0.08, 0.2)
        x, y = 0.945 + 0.5625 * reach * float(np.sin(angle)), 0.53 - reach * float(np.cos(angle))
        tone = chance.uniform(0.7, 1.1)
        pen.oval(
            (0.945 + x) / 2,
            (0.53 + y) / 2,
            reach / 2,
            0.016,
            (70 * tone, 132 * tone, 84 * tone),
            float(np.degrees(angle)) - 90,
        )
    pen.form((70, 96, 168), (0.915, 0.53), (0.975, 0.53), (0.967, 0.635), (0.923, 0.635))
    pen.form((84, 112, 186), (0.911, 0.52), (0.979, 0.52), (0.977, 0.54), (0.913, 0.54))


def _bowl(pen: _Pen) -> None:
    pen.oval(0.835, 0.742, 0.066, 0.020, (54, 84, 118))
    pen.form((176, 142, 92), (0.803, 0.712), (0.867, 0.712), (0.873, 0.742), (0.797, 0.742))
    pen.oval(0.835, 0.742, 0.0675, 0.012, (176, 142, 92))
    pen.oval(0.835, 0.712, 0.057, 0.014, (206, 178, 132))
    pen.oval(0.835, 0.713, 0.049, 0.011, (52, 74, 104))
    chance = random.Random(5)  # noqa: S311 - the same food each time
    for _piece in range(40):
        pen.oval(
            0.835 + chance.uniform(-0.022, 0.022),
            0.711 + chance.uniform(-0.005, 0.005),
            0.006,
            0.005,
            (60, 96, chance.uniform(130, 165)),
        )


def _lit(picture: Picture) -> Picture:
    """Daylight from the window on the floor, and corners that it does not reach."""
    height, width = picture.shape[:2]
    beam = np.zeros((height, width), np.uint8)
    for left in (0.16, 0.30):
        corners = [(left, 0.66), (left + 0.11, 0.66), (left + 0.22, 0.97), (left + 0.08, 0.97)]
        cv2.fillPoly(beam, [np.array([(x * width, y * height) for x, y in corners]).astype(np.int32)], (255,))
    light = cv2.GaussianBlur(beam, (0, 0), height / 60).astype(np.float32) * (0.20 / 255) + 1
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    light *= 1.04 - 0.20 * (across + 0.25) ** 2 - 0.10 * down**2
    for channel, warmth in enumerate((0.96, 1.0, 1.03)):
        picture[..., channel] = np.clip(picture[..., channel] * light * warmth, 0, 255)
    return picture
