"""Sounds from seeds: calls of cats and dogs, and what fills a home and must not be taken for them.

Shares nothing with the rules. Pitches and lengths are drawn from what is published, wider than its means.
"""

import numpy as np
import numpy.typing as npt

RATE = 16_000
Wave = npt.NDArray[np.float64]


def seconds(length: float) -> Wave:
    return np.arange(round(length * RATE)) / RATE


def voiced(pitch: Wave, tilt: float, chance: np.random.Generator, formants: tuple[float, ...] = ()) -> Wave:
    """Harmonics of a pitch that moves, weaker the higher they are, stronger near the formants."""
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.004 * chance.normal(size=len(pitch)))) / RATE
    out = np.zeros(len(pitch))
    for number in range(1, 25):
        height = pitch * number
        gain = number**-tilt * (height < 7000)
        if formants:
            gain = gain * sum(np.exp(-(((height - one) / 150) ** 2)) + 0.05 for one in formants)
        out += gain * np.sin(number * phase)
    return out / max(float(np.abs(out).max()), 1e-9)


def swell(length: int, attack: float, release: float) -> Wave:
    up, down = round(attack * RATE), round(release * RATE)
    shape = np.ones(length)
    shape[:up] = np.linspace(0, 1, up)
    shape[length - down :] *= np.linspace(1, 0, down)
    return shape


def meow(chance: np.random.Generator) -> Wave:
    """Rises and falls; 0.3 to 1.6 s, 380 to 900 Hz (Nicastro 2004; Yeon et al. 2011; Schötz et al. 2019)."""
    length = chance.uniform(0.35, 1.6)
    at = np.linspace(0, 1, round(length * RATE))
    peak, top = chance.uniform(0.25, 0.7), chance.uniform(480, 900)
    arch = 1 - ((at - peak) / max(peak, 1 - peak)) ** 2 * chance.uniform(0.2, 0.45)
    sound = voiced(top * arch, chance.uniform(0.6, 1.2), chance, (900 + 900 * chance.random(), 2500))
    return sound * swell(len(at), 0.08, 0.15)


def bark(chance: np.random.Generator, pitch: float) -> Wave:
    """A short pulse, half noise; 80 to 250 ms (Yin and McCowan 2004; Pongrácz et al. 2005)."""
    length = chance.uniform(0.09, 0.22)
    at = np.linspace(0, 1, round(length * RATE))
    fall = pitch * (1.15 - 0.4 * at * chance.uniform(0.6, 1))
    noise = chance.normal(size=len(at))
    noise = np.convolve(noise, np.ones(6) / 6, "same") * 0.5
    return (voiced(fall, 0.7, chance) + noise * chance.uniform(0.2, 0.5)) * swell(len(at), 0.012, 0.06)


def place(parts: list[tuple[float, Wave]], length: float) -> Wave:
    out = np.zeros(round(length * RATE))
    for at, part in parts:
        first = round(at * RATE)
        part = part[: len(out) - first]
        out[first : first + len(part)] += part
    return out


def meows(chance: np.random.Generator) -> Wave:
    at, parts = chance.uniform(1, 2), []
    while at < 8:
        parts.append((at, meow(chance)))
        at += chance.uniform(2.2, 4)
    return place(parts, 11)


def barks(chance: np.random.Generator) -> Wave:
    at, parts, pitch = chance.uniform(1, 2), [], chance.uniform(380, 900)
    while at < 8:
        parts.append((at, bark(chance, pitch * chance.uniform(0.93, 1.07))))
        at += chance.uniform(0.4, 0.9)
    return place(parts, 11)


def babble(chance: np.random.Generator, low: float, high: float) -> Wave:
    """Syllables of vowels and hisses, 3 to 7 a second, in phrases of a few words; nobody's words."""
    at, parts, base = 0.5, [], chance.uniform(low, high)
    while at < 9.5:
        for _ in range(chance.integers(3, 14)):
            length = chance.uniform(0.09, 0.24)
            line = np.linspace(1, chance.uniform(0.8, 1.2), round(length * RATE))
            formants = (chance.uniform(300, 850), chance.uniform(900, 2300), 2700.0)
            vowel = voiced(base * chance.uniform(0.8, 1.3) * line, 0.8, chance, formants)
            parts.append((at, vowel * swell(len(line), 0.03, 0.04) * chance.uniform(0.5, 1)))
            at += length + chance.uniform(0.02, 0.09)
            if chance.random() < 0.4:
                hiss = np.diff(chance.normal(size=round(0.07 * RATE) + 1)) * 0.1
                parts.append((at, hiss))
                at += 0.06
            if at > 9.5:
                break
        at += chance.uniform(0.25, 1.1)
    return place(parts, 11)


def speech(chance: np.random.Generator) -> Wave:
    return babble(chance, 90, 230)


def child(chance: np.random.Generator) -> Wave:
    return babble(chance, 250, 380)


def music(chance: np.random.Generator) -> Wave:
    """Chords and a melody, in tempo."""
    beat, parts, scale = chance.uniform(0.3, 0.7), [], [0, 2, 4, 5, 7, 9, 11, 12, 14, 16]
    root = 130.8 * 2 ** (chance.integers(0, 12) / 12)
    for number in range(int(10 / beat)):
        length = beat * chance.choice([0.5, 1.0, 2.0])
        at = seconds(min(length, 10.8 - number * beat))
        decay = np.exp(-at * chance.uniform(0.5, 4))
        notes = [root * 2 ** (step / 12) for step in chance.choice(scale, 3, replace=False)]
        notes.append(root * 4 * 2 ** (chance.choice(scale) / 12) / 2)
        for note in notes:
            tone = voiced(np.full(len(at), note), 1.2, chance)
            parts.append((number * beat, tone * decay * swell(len(at), 0.01, min(0.03, length / 4)) / 3))
    return place(parts, 11)


def melody(chance: np.random.Generator) -> Wave:
    """One note after the other, as of a flute, with vibrato."""
    parts, at = [], 0.3
    while at < 10:
        length = chance.uniform(0.2, 1.0)
        t = seconds(min(length, 10.7 - at))
        pitch = 523 * 2 ** (chance.integers(-7, 8) / 12) * (1 + 0.012 * np.sin(2 * np.pi * 5.5 * t))
        parts.append((at, voiced(pitch, 1.5, chance) * swell(len(t), 0.03, 0.05)))
        at += length
    return place(parts, 11)


def vacuum(chance: np.random.Generator) -> Wave:
    """A motor that runs up, whines, roars and runs down."""
    t = seconds(11)
    runs = np.clip((t - 1) / 1.2, 0, 1) * np.clip((10 - t) / 1.2, 0, 1)
    whine = voiced(chance.uniform(350, 700) * (0.3 + 0.7 * runs) + 1, 1.0, chance)
    roar = np.convolve(chance.normal(size=len(t)), np.ones(12) / 12, "same")
    return (0.35 * whine + roar) * runs


def hum(chance: np.random.Generator) -> Wave:
    """Noise alone: rain, a fan."""
    return np.convolve(chance.normal(size=11 * RATE), np.ones(chance.integers(1, 20)), "same") * 0.1


def knocks(chance: np.random.Generator) -> Wave:
    """Doors, dishes and toys that fall."""
    parts = []
    for at in np.sort(chance.uniform(0.5, 10, 14)):
        t = seconds(chance.uniform(0.05, 0.3))
        ring = sum(np.sin(2 * np.pi * chance.uniform(200, 4000) * t) for _ in range(5))
        parts.append(
            (at, (ring / 5 + 0.5 * chance.normal(size=len(t))) * np.exp(-t * chance.uniform(15, 60)))
        )
    return place(parts, 11)


PETS = {"meows": meows, "barks": barks}
OTHERS = {
    "speech": speech,
    "child": child,
    "music": music,
    "melody": melody,
    "vacuum": vacuum,
    "noise": hum,
    "knocks": knocks,
}
LEVELS = (-12.0, -24.0, -34.0)
"""Peaks in dB below full scale; the room's own noise is at -62."""


def heard(name: str, level: float, seed: int) -> npt.NDArray[np.float32]:
    """Eleven seconds of a room in which that is heard at that level."""
    chance = np.random.default_rng([seed, len(name), ord(name[0]), round(-level)])
    sound = {**PETS, **OTHERS}[name](chance)
    sound *= 10 ** (level / 20) / max(float(np.abs(sound).max()), 1e-9)
    floor = np.convolve(chance.normal(size=len(sound)), np.ones(4) / 4, "same") * 10 ** (-62 / 20) * 2
    # An echo or three, as rooms have them.
    wet = sound.copy()
    for _ in range(3):
        late = round(chance.uniform(0.01, 0.06) * RATE)
        wet[late:] += sound[:-late] * chance.uniform(0.05, 0.25)
    return (wet + floor).astype(np.float32)
