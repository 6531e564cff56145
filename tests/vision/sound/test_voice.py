"""Calls are told from what else sounds in a home; seeds below 100 were for tuning, these are not."""

import numpy as np
import pytest

from tests.vision.sound.synth import LEVELS, OTHERS, PETS, heard
from vision.sound.frames import RATE, Frames
from vision.sound.voice import BARK, MEOW, Call, Voice

SEEDS = range(100, 104)
KINDS = {"meows": MEOW, "barks": BARK}


def calls_in(sound: np.ndarray[tuple[int], np.dtype[np.float32]], part: int = 1600) -> list[Call]:
    frames, voice = Frames(), Voice()
    return [
        call
        for first in range(0, len(sound), part)
        for call in voice.listen(frames.add(sound[first : first + part]))
    ]


@pytest.mark.parametrize("name", PETS)
def test_calls_of_pets_are_heard(name: str) -> None:
    heard_in = [
        KINDS[name] in {call.kind for call in calls_in(heard(name, level, seed))}
        for level in LEVELS
        for seed in SEEDS
    ]
    assert sum(heard_in) >= 0.75 * len(heard_in)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_pet_is_not_taken_for_one(name: str) -> None:
    wrong = [
        (level, seed, call)
        for level in LEVELS
        for seed in SEEDS
        for call in calls_in(heard(name, level, seed))
    ]
    assert not wrong


def test_sound_in_parts_of_any_size_is_the_same_sound() -> None:
    sound = heard("meows", -12, 100)
    assert calls_in(sound)
    assert calls_in(sound) == calls_in(sound, 137) == calls_in(sound, len(sound))


def test_a_call_is_told_when_and_how_it_was() -> None:
    at = np.arange(RATE) / RATE
    glide = np.sin(2 * np.pi * np.cumsum(500 + 200 * at) / RATE) * 0.2 * np.hanning(RATE)
    sound = np.zeros(7 * RATE, np.float32)
    sound[2 * RATE : 3 * RATE] = glide
    (call,) = calls_in(sound)
    assert call.burst.start == pytest.approx(2.0, abs=0.1)
    assert call.burst.length == pytest.approx(1.0, abs=0.2)
    assert 500 < call.burst.pitch < 700


def test_digital_silence_and_clipping_are_no_call() -> None:
    assert calls_in(np.zeros(5 * RATE, np.float32)) == []
    square = np.where(np.arange(5 * RATE) // 20 % 2, 1.0, -1.0).astype(np.float32)
    assert calls_in(square) == []


def test_an_hour_of_din_takes_no_more_memory_than_a_minute() -> None:
    din = heard("vacuum", -12, 100)[3 * RATE : 4 * RATE]
    frames, voice = Frames(), Voice()
    voice.listen(frames.add(np.zeros(RATE, np.float32)))
    for _ in range(60):
        assert voice.listen(frames.add(din)) == []
    assert len(voice._sound) <= 301
