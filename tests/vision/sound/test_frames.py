import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.sound.frames import HOP, RATE, SPAN, Frames


@settings(deadline=None)
@given(st.floats(90, 1500), st.floats(0.001, 1.0), st.integers(1, 6))
def test_the_pitch_of_a_tone_and_of_its_harmonics_is_known(pitch: float, loud: float, harmonics: int) -> None:
    at = np.arange(SPAN * 3) / RATE
    numbers = np.arange(1, harmonics + 1)[:, None]
    tone = (np.sin(2 * np.pi * pitch * numbers * at) / numbers).sum(0)
    for look in Frames().add((tone * loud / 2).astype(np.float32)):
        assert look.pitch == pytest.approx(pitch, rel=0.06)
        assert look.clear > 0.7


def test_noise_has_no_clear_pitch() -> None:
    noise = np.random.default_rng(1).normal(size=RATE).astype(np.float32) * 0.1
    assert np.median([look.clear for look in Frames().add(noise)]) < 0.4


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.floats(0, 2))
def test_any_noise_has_a_number_for_all(seed: int, smooth: int, loud: float) -> None:
    noise = np.convolve(np.random.default_rng(seed).normal(size=SPAN * 8), np.ones(smooth), "same") * loud
    for look in Frames().add(noise.astype(np.float32)):
        assert 0 <= look.clear <= 1
        assert RATE / 240 < look.pitch < RATE / 9


def test_loudness_is_below_full_scale_and_silence_is_a_number() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32)
    for scale, level in ((1.0, -3.0), (0.1, -23.0), (0.0, -90.0)):
        assert Frames().add(tone * np.float32(scale))[5].level == pytest.approx(level, abs=0.2)


def test_looks_come_fifty_times_a_second() -> None:
    frames = Frames()
    looks = [look for _ in range(100) for look in frames.add(np.zeros(RATE // 100 * 2, np.float32))]
    assert len(looks) == (2 * RATE - SPAN) // HOP + 1
    assert looks[50].at == 1.0
