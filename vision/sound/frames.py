"""Sound to numbers, fifty times a second: how loud, and how high where it has a pitch."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""Mono, full scale 1, ``RATE`` a second."""

RATE = 16_000
HOP, SPAN = 320, 960
"""Samples from one look to the next, 20 ms, and those that a look takes in, 60 ms: four periods of 70 Hz."""
LOWEST, HIGHEST = 70.0, 1600.0
"""Pitches that are looked for, Hz: from a low voice of a man to a kitten."""
SILENT = -90.0
_BINS = 2048
_OCTAVE = 0.85  # so much of the best peak a shorter period must have to be the pitch


@dataclass(frozen=True, slots=True)
class Sounding:
    """One look: ``at`` seconds from the first sample, loudness in dB below full scale, pitch in Hz.

    ``clear`` is how periodic it is: 0 noise, 1 a pure tone; the pitch of what is not means nothing.
    """

    at: float
    level: float
    pitch: float
    clear: float


class Frames:
    """Cuts samples into looks; keeps less than one of them. Used by one thread."""

    def __init__(self) -> None:
        self._rest: Samples = np.empty(0, np.float32)
        self._count = 0
        self._window = np.hanning(SPAN).astype(np.float32)
        self._self = np.fft.irfft(np.abs(np.fft.rfft(self._window, _BINS)) ** 2)[: SPAN // 2]

    def add(self, samples: Samples) -> list[Sounding]:
        """The looks that are complete with ``samples``."""
        sound = np.concatenate([self._rest, samples])
        count = max((len(sound) - SPAN) // HOP + 1, 0)
        if not count:
            self._rest = sound
            return []
        rows = np.lib.stride_tricks.sliding_window_view(sound, SPAN)[: count * HOP : HOP]
        found = self._look(rows - rows.mean(1, keepdims=True))
        self._rest = sound[count * HOP :].copy()
        self._count += count
        return found

    def _look(self, rows: Samples) -> list[Sounding]:
        """Autocorrelation, made even for the window as in Boersma (1993)."""
        levels = 10 * np.log10(np.maximum((rows**2).mean(1), 1e-9))
        spectra = np.abs(np.fft.rfft(rows * self._window, _BINS)) ** 2
        alike = np.fft.irfft(spectra)[:, : SPAN // 2] / self._self
        alike /= np.maximum(alike[:, :1], 1e-12)
        first, last = int(RATE / HIGHEST), int(RATE / LOWEST)
        found = []
        for number, (level, row) in enumerate(zip(levels, alike, strict=True)):
            lag, clear = _period(row, first, last)
            at = (self._count + number) * HOP / RATE
            found.append(Sounding(at, float(level), RATE / lag, clear))
        return found


def _period(alike: npt.NDArray[np.float64], first: int, last: int) -> tuple[int, float]:
    """The shortest period that is nearly as good as the best, and how good it is, 0 to 1."""
    part = alike[first : last + 1]
    peaks = np.flatnonzero((part[1:-1] >= part[:-2]) & (part[1:-1] > part[2:])) + 1
    best = part[peaks].max() if len(peaks) else 0.0
    if best <= 0:
        return last, 0.0
    chosen = peaks[part[peaks] >= _OCTAVE * best][0]
    return first + int(chosen), float(min(max(part[chosen], 0.0), 1.0))
