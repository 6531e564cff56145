"""A picture on its way into a model and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.detectors.scenes import with_block
from vision.detectors.canvas import GREY, Canvas, letterbox, planes, stretch
from vision.motion import Box

WIDE, HIGH = 96, 64


def bright(canvas: Canvas) -> Box:
    """Where the canvas is bright, as parts of the picture on it."""
    rows, columns = np.nonzero(np.asarray(canvas.pixels)[:, :, 2] > 150)
    return canvas.box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


@pytest.mark.parametrize("fit", [letterbox, stretch])
@settings(deadline=None)
@given(
    width=st.integers(20, 1500),
    height=st.integers(20, 1500),
    left=st.floats(0, 0.6),
    top=st.floats(0, 0.6),
    across=st.floats(0.3, 0.4),
    down=st.floats(0.3, 0.4),
)
def test_what_is_on_the_canvas_is_found_where_it_was(
    fit: object, width: int, height: int, left: float, top: float, across: float, down: float
) -> None:
    box = Box(left, top, left + across, top + down)
    assert callable(fit)
    canvas = fit(with_block(width, height, "red", box), WIDE, HIGH)
    assert canvas.pixels.shape == (HIGH, WIDE, 3)
    if min(canvas.across, canvas.down) < 12:
        return  # so narrow that the block has no whole pixel
    found = bright(canvas)
    slack_x, slack_y = 1.5 / canvas.across + 1 / width, 1.5 / canvas.down + 1 / height
    assert abs(found.left - box.left) <= slack_x
    assert abs(found.right - box.right) <= slack_x
    assert abs(found.top - box.top) <= slack_y
    assert abs(found.bottom - box.bottom) <= slack_y


@given(st.integers(20, 1500), st.integers(20, 1500))
@settings(deadline=None)
def test_a_letterboxed_picture_keeps_its_shape_and_the_rest_is_grey(width: int, height: int) -> None:
    canvas = letterbox(np.zeros((height, width, 3), np.uint8), WIDE, HIGH)
    assert canvas.across == WIDE or canvas.down == HIGH
    scale = min(WIDE / width, HIGH / height)
    assert abs(canvas.across - width * scale) <= 1
    assert abs(canvas.down - height * scale) <= 1
    pixels = np.asarray(canvas.pixels)
    assert (pixels[: int(canvas.down), : int(canvas.across)] == 0).all()
    assert (pixels[int(canvas.down) :] == GREY).all()
    assert (pixels[:, int(canvas.across) :] == GREY).all()


def test_a_box_is_cut_off_at_the_pictures_edges() -> None:
    canvas = letterbox(np.zeros((50, 100, 3), np.uint8), 100, 100)
    assert canvas.box(-20, 10, 120, 90) == Box(0, 0.2, 1, 1)


def test_planes_are_normalised_channel_by_channel() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (5, 7, 3), np.uint8)
    tensor = planes(picture, (10.0, 20.0, 30.0), (2.0, 4.0, 8.0))
    expected = ((picture.astype(np.float64) - (10, 20, 30)) / (2, 4, 8)).transpose(2, 0, 1)[None]
    assert tensor.dtype == np.float32
    assert np.allclose(tensor, expected, atol=1e-4)
