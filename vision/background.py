"""What a camera sees when nobody is there: learnt, and kept as light and things change.

The background is a running average of each pixel with a running mean deviation beside it, so that a pixel
that flickers by nature needs more than a quiet one to count. The picture's own light is followed first
(by the median of the pixels' ratios), so that clouds, dusk and a camera's automatic exposure move nothing.

What something covers cannot be seen. There the background takes on how the light around it changed, cell by
cell: a cat that sleeps from noon to dusk lies on a floor that has darkened with the rest.
"""

import math

import cv2
import numpy as np
from cv2.typing import MatLike

_FLOOR = 9.0  # grey levels; below that lie compression and the noise of a lit sensor
_DEVIATIONS = 4.5  # of the mean absolute deviation: 3.6 sigma of normal noise, before specks are removed
_SIGMA = 1.25  # mean absolute deviations that a standard deviation of normal noise is: sqrt(pi / 2)
_MEMORY = 10.0  # seconds until the background has taken over 63 % of a change
_SETTLED, _SETTLING = 1.0, 5.0  # seconds: least and most spent learning a new background
_CALM = 0.02  # part of the picture that changed; with less, and the light at rest, a background is learnt
_CELL = 8  # pixels; light is compared in cells so wide
_AROUND = (15, 15)  # cells; so far around does a covered cell look for light
_CARRY = 2.0  # seconds between two looks at the light around what is covered
_SLOW, _SWITCHED = (0.8, 1.25), (0.1, 8.0)  # factors that the light of a cell may change by meanwhile


class Background:
    """The background of one camera, in pixels of the pictures it is given. Owned by one thread."""

    def __init__(self) -> None:
        self._average: MatLike = np.empty((0, 0), np.float32)
        self._deviation: MatLike = np.empty((0, 0), np.float32)
        self._covered: MatLike = np.empty((0, 0), np.uint8)
        self._before: tuple[MatLike, MatLike] | None = None
        self._cells: tuple[MatLike, MatLike] | None = None
        self._cells_at = -math.inf
        self._gain = 1.0
        self._since = 0.0
        self._learnt = 0

    @property
    def average(self) -> MatLike:
        """The background itself, float32."""
        return self._average

    def begin(self, picture: MatLike, at: float, *, switched: bool = False) -> None:
        """Learn anew from ``picture``; ``switched`` says that only the light is another.

        Then what was covered stays so: its background is the one before in the light that is now around it.
        """
        if not switched:
            self._before = None
        elif self._before is None and cv2.countNonZero(self._covered):
            self._before = self._average, self._covered
        self._average = picture.astype(np.float32)
        self._deviation = np.zeros(picture.shape, np.float32)
        self._covered = np.zeros(picture.shape, np.uint8)
        self._cells = None
        self._since = at
        self._learnt = 1

    def learn(self, picture: MatLike, at: float, motion: float, *, changing: bool) -> bool:
        """Average one more picture, in which ``motion`` changed (a part of it); whether it is learnt now.

        It takes longer where the light is still ``changing``: then all before is forgotten.
        """
        if changing:
            self._average = picture.astype(np.float32)
            self._learnt = 1
        self._learnt += 1
        self._update(picture, 1 / self._learnt, None)
        spent = at - self._since
        if not ((spent >= _SETTLED and motion < _CALM and not changing) or spent >= _SETTLING):
            return False
        if self._before is not None:
            self._carry_over(*self._before)
            self._before = None
        return True

    def limit(self) -> MatLike:
        """What each pixel may differ by without counting, in whole grey levels."""
        return cv2.convertScaleAbs(self._deviation, alpha=_DEVIATIONS, beta=_FLOOR)

    def noise(self, area: tuple[slice, slice] | None = None) -> float:
        """The standard deviation of a pixel in grey levels: the mean of ``area``, or the picture's median."""
        if area is not None:
            return _SIGMA * float(cv2.mean(self._deviation[area])[0])
        grains = self._deviation[::8, ::8].ravel()
        return _SIGMA * float(np.partition(grains, grains.size // 2)[grains.size // 2])

    def follow_light(self, picture: MatLike, masked: MatLike | None) -> None:
        """Multiply by the median ratio of now to before: one grain in sixteen will do, but none masked."""
        ratios = (picture[::4, ::4] / np.maximum(self._average[::4, ::4], 8.0)).ravel()
        if masked is not None:
            ratios = ratios[masked[::4, ::4].ravel() == 0]
        if not ratios.size:
            return
        middle = ratios.size // 2
        ratio = float(np.partition(ratios, middle)[middle])  # np.median loads 10 MB of masked arrays first
        if 0.7 < ratio < 1.4 and abs(ratio - 1) > 0.004:
            self._average *= ratio
            self._gain *= ratio

    def difference(self, picture: MatLike) -> MatLike:
        """How far each pixel is from the background, in grey levels."""
        return cv2.absdiff(picture, cv2.convertScaleAbs(self._average))

    def adapt(self, picture: MatLike, covered: MatLike, shaded: MatLike, seconds: float, at: float) -> None:
        """Take over what changed slowly where nothing covers it; ``seconds`` passed since the last time.

        ``shaded`` is where another light lies for now: it is taken over, but says nothing of how far a pixel
        varies by nature. Both masks are 0 or 255.
        """
        rate = 1 - math.exp(-seconds / _MEMORY)
        self._update(picture, rate, cv2.bitwise_not(cv2.bitwise_or(covered, shaded)))
        cv2.accumulateWeighted(picture, self._average, rate, shaded)
        self._covered = covered
        self._carry_light(at)

    def accept(self, picture: MatLike, area: tuple[slice, slice]) -> None:
        """What ``picture`` shows there is background from now on."""
        self._average[area] = picture[area]
        self._covered[area] = 0
        self._cells = None

    def _update(self, picture: MatLike, rate: float, where: MatLike | None) -> None:
        cv2.accumulateWeighted(self.difference(picture), self._deviation, rate, where)
        cv2.accumulateWeighted(picture, self._average, rate, where)

    def _carry_light(self, at: float) -> None:
        """Every few seconds, let what is covered take on how the light around it changed since."""
        if not cv2.countNonZero(self._covered):
            self._cells = None
            return
        if self._cells is not None and at - self._cells_at < _CARRY:
            return
        now = _cells(self._average, self._covered)
        if self._cells is not None:
            field = _light(self._cells[0] * self._gain, self._cells[1], *now, _SLOW)
            self._lay(field, self._average, self._covered)
        self._cells, self._cells_at, self._gain = now, at, 1.0

    def _carry_over(self, average: MatLike, covered: MatLike) -> None:
        """After the light was switched: what was covered, as it was but in the light of what is around it."""
        before, now = _cells(average, covered), _cells(self._average, covered)
        self._lay(_light(*before, *now, _SWITCHED), average, covered)

    def _lay(self, field: MatLike, average: MatLike, covered: MatLike) -> None:
        height, width = covered.shape
        factors = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
        cv2.copyTo(cv2.multiply(average, factors), covered, self._average)


def _cells(average: MatLike, covered: MatLike) -> tuple[MatLike, MatLike]:
    """The mean of each cell, and 1 for those that nothing covers, else 0."""
    size = (max(average.shape[1] // _CELL, 1), max(average.shape[0] // _CELL, 1))
    free = cv2.resize(covered, size, interpolation=cv2.INTER_AREA) == 0
    return cv2.resize(average, size, interpolation=cv2.INTER_AREA), free.astype(np.float32)


def _light(
    before: MatLike, free_before: MatLike, now: MatLike, free_now: MatLike, bounds: tuple[float, float]
) -> MatLike:
    """By what factor the light of each cell changed: for covered ones the mean of the free ones around."""
    free = free_before * free_now
    ratio = np.clip(now / np.maximum(before, 4.0), *bounds).astype(np.float32)
    weight = cv2.blur(free, _AROUND)
    mean = cv2.blur(ratio * free, _AROUND) / np.maximum(weight, 1e-6)
    return np.where(weight > 1e-4, mean, np.float32(1))
