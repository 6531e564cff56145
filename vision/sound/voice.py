"""Which sounds are calls of a pet: from pitch and loudness to bursts, and from bursts to calls.

A cat's meow is one tone that glides, 0.3 to 2 s long, at 300 to 1000 Hz (Nicastro 2004; Yeon et al. 2011;
Schötz et al. 2019). A bark is a pulse of a tenth or two of a second, at 250 to 1500 Hz, and comes again after
a pause of silence (Yin and McCowan 2004; Pongrácz et al. 2005). Who speaks moves on from syllable to
syllable, 3 to 8 a second (Ding et al. 2017); what has such neighbours is no call, and so is what has a
constant pitch, as notes and machines. Large dogs whose bark is below 250 Hz, purring and rodents are not
heard.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from vision.sound.frames import HOP, RATE, SILENT, Sounding

MEOW, BARK = "meow", "bark"

_STEP = HOP / RATE
_ABOVE, _LEAST = 9.0, -58.0  # dB above the room, and below full scale
_RISES, _FALLS = 0.6, 30.0  # dB a second that the room's own level is taken to change
_PAUSE = 0.06  # seconds of quiet that end a burst
_LONGEST = 3.0  # seconds; what goes on is no call of its own
_CLEAR = 0.5
_DIP = 5.0  # dB down and up again within a burst: a syllable
_MEOW, _MEOW_PITCH, _GLIDE = (0.24, 2.5), (300.0, 1200.0), 1.12
_BARK, _BARK_PITCH, _BARK_LOUD, _SAME = (0.06, 0.4), (250.0, 1500.0), 14.0, 1.3
_ALONE = 0.7  # seconds around a meow without another burst
_APART, _AGAIN = 0.33, 1.6  # seconds from one bark to the next
_WAIT = 2.0  # seconds after a burst until what follows it is known
_KEPT = 8.0


@dataclass(frozen=True, slots=True)
class Burst:
    """Something louder than the room, from ``start`` on in seconds, with the numbers that tell what it is."""

    start: float
    length: float
    loud: float
    """Its peak above the room, dB."""
    pitch: float
    """The median where it is clear, Hz; 0 where it never is."""
    voiced: float
    """The part of it that has a clear pitch."""
    glide: float
    """How many times higher its highest pitch is than its lowest, the extreme tenths left out."""
    jumps: float
    """The part of its looks at which the pitch leaps, as where another voice comes in."""
    dips: int
    """Syllables less one."""
    rise: float
    """Seconds to its loudest."""

    @property
    def end(self) -> float:
        """When it is over."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a pet."""

    kind: str
    burst: Burst


class Voice:
    """Listens to looks in order of time, and tells of calls two seconds after them. Used by one thread."""

    def __init__(self) -> None:
        self._floor: float | None = None
        self._sound: list[Sounding] = []
        self._quiet = 0.0
        self._bursts: deque[Burst] = deque()
        self._told = -1.0

    def listen(self, soundings: Iterable[Sounding]) -> list[Call]:
        """The calls that are known to be some with these."""
        calls: list[Call] = []
        for sounding in soundings:
            self._take(sounding)
            calls += self._judge(sounding.at)
        return calls

    def _take(self, sounding: Sounding) -> None:
        level = max(sounding.level, SILENT)
        floor = level if self._floor is None else self._floor
        loud = level > max(floor + _ABOVE, _LEAST)
        # While something sounds the room is what it was, unless that goes on and on.
        rises = _RISES if len(self._sound) * _STEP < _LONGEST else 10 * _RISES
        self._floor = (
            max(level, floor - _FALLS * _STEP) if level < floor else min(level, floor + rises * _STEP)
        )
        if loud:
            if len(self._sound) * _STEP >= 2 * _LONGEST:
                self._sound.pop()  # a vacuum cleaner; what it ends with is enough to know how long it was
            self._sound.append(sounding)
            self._quiet = 0.0
        elif self._sound:
            self._quiet += _STEP
            if self._quiet >= _PAUSE:
                self._bursts.append(_burst(self._sound, self._floor))
                self._sound = []
        while self._bursts and sounding.at - self._bursts[0].end > _KEPT:
            self._bursts.popleft()

    def _judge(self, now: float) -> list[Call]:
        calls = []
        for burst in self._bursts:
            if burst.start > self._told and burst.end + _WAIT <= now:
                self._told = burst.start
                kind = self._kind(burst)
                if kind:
                    calls.append(Call(kind, burst))
        return calls

    def _kind(self, burst: Burst) -> str:
        others = [other for other in self._bursts if other is not burst]
        if is_meow(burst):
            near = [
                one for one in others if one.start < burst.end + _ALONE and one.end > burst.start - _ALONE
            ]
            return "" if near else MEOW
        if is_bark(burst):
            near = [one for one in others if abs(one.start - burst.start) <= _AGAIN]
            like = [one for one in near if is_bark(one) and 1 / _SAME < one.pitch / burst.pitch < _SAME]
            steady = all(abs(one.start - burst.start) >= _APART for one in near)
            return BARK if like and len(like) == len(near) and steady else ""
        return ""


def is_meow(burst: Burst) -> bool:
    """Whether it sounds like a cat, if it stands alone."""
    return (
        _MEOW[0] <= burst.length <= _MEOW[1]
        and _MEOW_PITCH[0] <= burst.pitch <= _MEOW_PITCH[1]
        and burst.voiced >= 0.7
        and burst.glide >= _GLIDE
        and burst.jumps <= 0.1
        and burst.dips <= 1
    )


def is_bark(burst: Burst) -> bool:
    """Whether it sounds like a dog, if it comes again."""
    return (
        _BARK[0] <= burst.length <= _BARK[1]
        and _BARK_PITCH[0] <= burst.pitch <= _BARK_PITCH[1]
        and burst.voiced >= 0.3
        and burst.loud >= _BARK_LOUD
        and burst.dips == 0
        and burst.rise <= 0.12
    )


def _burst(sound: list[Sounding], floor: float) -> Burst:
    levels = np.array([one.level for one in sound])
    pitches = np.array([one.pitch for one in sound if one.clear >= _CLEAR])
    low, high = np.percentile(pitches, (10, 90)) if len(pitches) else (1.0, 1.0)
    leaps = np.abs(np.diff(np.log2(pitches))) if len(pitches) > 1 else np.zeros(1)
    return Burst(
        start=sound[0].at,
        length=sound[-1].at - sound[0].at + _STEP,
        loud=float(levels.max() - floor),
        pitch=float(np.median(pitches)) if len(pitches) else 0.0,
        voiced=len(pitches) / len(sound),
        glide=float(high / low),
        jumps=float((leaps > 0.2).mean()),
        dips=_dips(levels),
        rise=float(levels.argmax()) * _STEP,
    )


def _dips(levels: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    """How often it goes down by ``_DIP`` dB and up again."""
    count, high, low, falling = 0, float(levels[0]), float(levels[0]), False
    for level in levels:
        if falling:
            low = min(low, level)
            if level >= low + _DIP:
                count, falling, high = count + 1, False, level
        else:
            high = max(high, level)
            if level <= high - _DIP:
                falling, low = True, level
    return count
