"""Polygons: what is inside, beside OpenCV's word for it, and what is refused."""

import math
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hutch.config import ConfigError, parse
from vision.zones import Corner, Zone, ZoneKind, checked, inside

GRID = 64  # corners on sixty-fourths are exact as floats, and as whole pixels for OpenCV

spots = st.tuples(st.integers(0, GRID), st.integers(0, GRID))


@st.composite
def stars(draw: st.DrawFn) -> list[Corner]:
    """Corners around a middle in the order of their angles: such a polygon never crosses itself."""
    corners = draw(st.lists(spots, min_size=3, max_size=12, unique=True))
    x, y = GRID / 2 + 0.25, GRID / 2 + 0.125
    around = sorted(corners, key=lambda spot: math.atan2(spot[1] - y, spot[0] - x))
    turns = [math.atan2(spot[1] - y, spot[0] - x) for spot in around]
    steps = [b - a for a, b in pairwise(turns)] + [turns[0] + 2 * math.pi - turns[-1]]
    assume(all(0.01 < step < math.pi - 0.01 for step in steps))
    return [(x / GRID, y / GRID) for x, y in around]


def opencv(polygon: list[Corner], x: float, y: float) -> bool:
    contour = np.array([(round(a * GRID), round(b * GRID)) for a, b in polygon], np.int32)
    return cv2.pointPolygonTest(contour, (x * GRID, y * GRID), False) >= 0


@settings(deadline=None, max_examples=300)
@given(stars(), spots)
def test_a_spot_is_inside_where_opencv_says_so(polygon: list[Corner], spot: tuple[int, int]) -> None:
    x, y = spot[0] / GRID, spot[1] / GRID
    assert inside(polygon, x, y) is opencv(polygon, x, y)
    assert inside(polygon[::-1], x, y) is opencv(polygon, x, y), "the way around does not matter"


@settings(deadline=None)
@given(stars())
def test_what_goes_around_is_taken_and_its_corners_belong_to_it(
    polygon: list[Corner],
) -> None:
    assert checked(polygon) == tuple(polygon)
    assert checked([*polygon, polygon[0]]) == tuple(polygon[1:] + polygon[:1]), "closed by a program"
    zone = Zone("bowl", ZoneKind.FOOD, tuple(polygon))
    assert all(zone.contains(x, y) for x, y in polygon)


@settings(deadline=None)
@given(stars(), st.data())
def test_two_corners_that_are_swapped_make_a_crossing(polygon: list[Corner], data: st.DataObject) -> None:
    hull = cv2.convexHull(np.array(polygon, np.float32) * GRID)
    corners = [(float(x) / GRID, float(y) / GRID) for ((x, y),) in hull]
    assume(len(corners) >= 4)
    n = data.draw(st.integers(0, len(corners) - 2))
    corners[n], corners[n + 1] = corners[n + 1], corners[n]
    with pytest.raises(ValueError, match="list the corners in the order"):
        checked(corners)


@pytest.mark.parametrize(
    ("corners", "sentence"),
    [
        ([], "is no area; give it at least 3 corners that differ, and at most 200"),
        ([[0.5, 0.5]], "is no area; give it at least 3 corners that differ, and at most 200"),
        ([[0, 0], [1, 1], [1, 1], [0, 0]], "is no area; give it at least 3 corners that differ"),
        ([[0, 0], [1.2, 0], [0, 1]], r"the corner \[1.2, 0\] lies outside the picture"),
        ([[0, 0], [640, 0], [0, 480]], r"the corner \[640, 0\] lies outside the picture"),
        ([[0, 0], [math.nan, 0], [0, 1]], r"the corner \[nan, 0\] lies outside the picture"),
        ([[0, 0], [1, 1], [1, 0], [0, 1]], r"list the corners in the order"),
        ([[0, 0], [1, 0], [0.5, 0]], r"list the corners in the order"),
        ([[0, 0], [1, 0], [1, 1], [0.5, 0], [0, 1]], r"list the corners in the order"),
        ([0.1, 0.2, 0.3], r"is no polygon; write its corners as \[\[x, y\], \[x, y\], \[x, y\]\]"),
        ([[0.1, 0.2, 0.3]], "is no polygon"),
        ([["a", "b"]], "is no polygon"),
        (7, "is no polygon"),
        ("bowl", "is no polygon"),
    ],
)
def test_what_is_no_area_is_refused(corners: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        checked(corners)


def test_a_zone_is_one_of_some_kinds() -> None:
    with pytest.raises(ValidationError, match="'food', 'water', 'bed', 'door', 'litter', 'perch' or 'other'"):
        Zone("bowl", "sofa", ((0, 0), (1, 0), (0, 1)))  # type: ignore[arg-type]


def home(**camera: object) -> dict[str, object]:
    whole = {"kind": "scripted", "name": "cage", "location": "hutch", **camera}
    return {"locations": [{"name": "hutch"}], "vision": {"cameras": [whole]}}


def test_zones_and_masks_stand_in_the_configuration() -> None:
    bowl = {"name": "bowl", "kind": "food", "polygon": [[0.1, 0.1], [0.2, 0.1], [0.2, 0.2]]}
    (camera,) = parse(home(zones=[bowl], masks=[[[0, 0], [1, 0], [1, 0.1]]]), "hutch.toml").vision.cameras
    assert camera.options == {}, "they are no keys of the camera's kind"
    assert camera.zones == (Zone("bowl", ZoneKind.FOOD, ((0.1, 0.1), (0.2, 0.1), (0.2, 0.2))),)
    assert camera.masks == (((0, 0), (1, 0), (1, 0.1)),)


TRIANGLE = [[0, 0], [1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (
            {"masks": [[[0, 0], [1, 1]]]},
            "[[masks]] number 1: is no area; give it at least 3 corners that differ, and at most 200",
        ),
        (
            {"masks": [TRIANGLE, [[0, 0], [2, 0], [0, 1]]]},
            "[[masks]] number 2: the corner [2, 0] lies outside the picture; write parts of it, from 0 to 1",
        ),
        (
            {"zones": [{"name": "bowl", "kind": "food", "polygon": TRIANGLE}] * 2},
            "zones: two are called 'bowl'; each needs a name of its own",
        ),
        (
            {"zones": [{"name": "bowl", "kind": "food", "polygon": TRIANGLE, "colour": "red"}]},
            "[[zones]] number 1: colour: unknown key",
        ),
    ],
)
def test_a_mistake_in_the_configuration_is_one_sentence(keys: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(home(**keys), "hutch.toml")
    assert str(raised.value) == f"hutch.toml: [[vision.cameras]] number 1: {sentence}"
