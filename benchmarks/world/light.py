"""What the light does, and what the sensor makes of it."""

import math
import random
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from vision.cameras.paint import Picture

_MARGIN = 97


@dataclass(frozen=True, slots=True)
class Change:
    """Light that changes at once or slowly: ``gain`` times as much from ``at`` on, reached within ``takes``
    seconds and, where ``lasts`` is given, given back after it.
    """

    at: float
    takes: float
    gain: float
    lasts: float = math.inf
    spot: tuple[float, float] | None = None
    """Where a lamp stands; light from everywhere where there is none."""

    def part(self, at: float) -> float:
        """How far it is in force, 0 to 1."""
        up = min(max((at - self.at) / self.takes, 0.0), 1.0)
        down = min(max((at - self.at - self.lasts) / self.takes, 0.0), 1.0)
        return up - down


@dataclass(frozen=True, slots=True)
class Shadow:
    """A soft shadow that crosses the floor: a branch before the window, the edge of the sun."""

    at: float
    speed: float
    """Picture widths a second."""
    wide: float
    depth: float


@dataclass(frozen=True, slots=True)
class Light:
    """The light of one scene."""

    seed: int
    infrared: bool
    noise: float
    """Grey levels of standard deviation of each pixel."""
    changes: tuple[Change, ...] = ()
    shadows: tuple[Shadow, ...] = ()
    switches: float = math.inf
    """When the camera goes over to infrared, in one that does."""


def lit(seed: int, seconds: float, *, infrared: bool, eventful: bool) -> Light:
    """The light of that seed; an ``eventful`` one changes while somebody looks.

    A small sensor has some 2 to 4 grey levels of noise in a lit room and more under its own infrared lamp,
    where its gain is up.
    """
    chance = random.Random(f"light {seed}")
    noise = chance.uniform(3.0, 6.0) if infrared else chance.uniform(1.5, 3.5)
    if not eventful:
        return Light(seed, infrared, noise)
    at = chance.uniform(6, max(7, seconds - 12))
    if infrared:
        if chance.random() < 0.4:
            return Light(seed, infrared, noise, switches=at)
        return Light(
            seed, infrared, noise, (Change(at, 0.2, chance.uniform(1.15, 1.6), chance.uniform(5, 15)),)
        )
    kind = chance.choice(("cloud", "lamp", "shadow", "shadow"))
    if kind == "cloud":
        change = Change(at, chance.uniform(2, 6), chance.uniform(0.65, 0.88), chance.uniform(5, 20))
        return Light(seed, infrared, noise, (change,))
    if kind == "lamp":
        spot = (chance.uniform(0.1, 0.9), chance.uniform(0.1, 0.4))
        return Light(seed, infrared, noise, (Change(at, 0.3, chance.uniform(1.2, 1.6), spot=spot),))
    shadow = Shadow(
        at,
        chance.choice((-1, 1)) * chance.uniform(0.02, 0.12),
        chance.uniform(0.1, 0.3),
        chance.uniform(0.1, 0.3),
    )
    return Light(seed, infrared, noise, (), (shadow,))


class Sensor:
    """Makes of a painted picture what a camera would give: rows of yuv420p. Owned by one thread."""

    def __init__(self, light: Light, width: int, height: int) -> None:
        self._light = light
        self._width, self._height = width, height
        chance = np.random.default_rng(light.seed)
        grain: Any = chance.normal(0, light.noise, (height + _MARGIN, width + _MARGIN))
        if light.infrared:
            # What a denoiser leaves: blotches, and less of the finest grain.
            blotches = cv2.resize(
                chance.normal(0, light.noise * 0.5, (height // 3, width // 3)).astype(np.float32),
                (width + _MARGIN, height + _MARGIN),
            )
            grain = cv2.GaussianBlur(grain, (0, 0), 0.6) + blotches
        self._grain = grain.astype(np.int16)
        self._chance = chance
        across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
        down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        self._cone = np.clip(1.15 - 0.42 * across**2 - 0.30 * down**2, 0.2, 1.2)
        self._across = np.linspace(0, 1, width, dtype=np.float32)[None, :]
        self._down = np.linspace(0, 1, height, dtype=np.float32)[:, None]

    def take(self, picture: Picture, at: float) -> Picture:
        """The picture (rows of yuv420p, painted in full light) as it is seen ``at`` that second, in place."""
        luma = picture[: self._height]
        night = self._light.infrared and (self._light.switches == math.inf or at >= self._light.switches)
        if night:
            # Dyes and fur that differ in colour are much alike in infrared.
            lamp = self._cone * self._settling(at)
            luma[:] = np.clip((45 + 0.58 * luma.astype(np.float32)) * lamp, 0, 255)
            picture[self._height :] = 128
        elif self._light.infrared:
            luma[:] = cv2.convertScaleAbs(luma, alpha=0.45)  # dusk
        gain = self._gain(at)
        if gain is not None:
            luma[:] = np.clip(luma * gain, 0, 255)
        top, left = self._chance.integers(0, _MARGIN, 2)
        grain = self._grain[top : top + self._height, left : left + self._width]
        luma[:] = np.clip(luma + grain, 0, 255)
        return picture

    def _settling(self, at: float) -> float:
        """A camera that has just gone over is blinded by its own lamp for half a second."""
        since = at - self._light.switches
        return 1.0 if self._light.switches == math.inf else 1.0 + 0.8 * math.exp(-max(since, 0.0) / 0.3)

    def _gain(self, at: float) -> Picture | float | None:
        gain: Picture | float | None = None
        for change in self._light.changes:
            part = change.part(at)
            if not part:
                continue
            field: Any = 1.0
            if change.spot is not None:
                x, y = change.spot
                field = np.exp(-((self._across - x) ** 2 + (self._down - y) ** 2) / 0.18) * 0.7 + 0.3
            more = 1 + (change.gain - 1) * part * field
            gain = more if gain is None else gain * more
        for shadow in self._light.shadows:
            if at < shadow.at:
                continue
            begin = -shadow.wide if shadow.speed > 0 else 1 + shadow.wide
            middle = begin + shadow.speed * (at - shadow.at) + 0.12 * (self._down - 0.6)
            dark = 1 - shadow.depth * np.exp(-(((self._across - middle) / shadow.wide * 2) ** 4))
            dark = np.where(self._down > 0.55, dark, 1.0)
            gain = dark if gain is None else gain * dark
        return gain
