"""Parts of a picture: where they lie, and their colours."""

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.cutout import cut_out, square_around
from vision.motion import Box


@settings(deadline=None)
@given(
    st.integers(16, 4000),
    st.integers(16, 3000),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from(((2.0, 96), (1.1, 16))),
)
def test_a_square_lies_inside_the_picture_at_even_places(
    width: int, height: int, x0: float, x1: float, y0: float, y1: float, asked: tuple[float, int]
) -> None:
    box = Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    left, top, right, bottom = square_around(box, width, height, times=asked[0], least=asked[1])
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert left % 2 == top % 2 == 0
    assert (right - left) % 4 == (bottom - top) % 4 == 0


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "nv12", "yuv422p"])
def test_a_cut_out_has_the_colours_of_the_whole(pixels: str) -> None:
    picture = np.zeros((360, 642, 3), np.uint8)
    picture[:, :320], picture[:, 320:] = (200, 40, 30), (20, 160, 60)
    frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format=pixels)
    cut = cut_out(frame, (200, 100, 440, 220)).astype(int)
    assert cut.shape == (120, 240, 3)
    whole = frame.to_ndarray(format="bgr24")[100:220, 200:440].astype(int)
    assert np.abs(cut[:, 20:100] - whole[:, 20:100]).max() < 20
    assert np.abs(cut[:, 140:220] - whole[:, 140:220]).max() < 20
