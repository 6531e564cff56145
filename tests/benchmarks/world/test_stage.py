from dataclasses import replace

import cv2
import numpy as np
import pytest

from benchmarks.world.acts import poses
from benchmarks.world.coats import ANIMALS
from benchmarks.world.play import LOOKS, moments, truth_of
from benchmarks.world.poses import Posture, drawn, frame_of
from benchmarks.world.scenes import KINDS, Scene, scene
from benchmarks.world.stage import Stage
from vision.cameras.paint import Picture

WIDTH, HEIGHT = 320, 180
DAY = range(1_008, 1_008 + 2 * len(KINDS), 2)
FAINT = 20  # of the pixels of a small pet that is shown by a tenth


def pictures(one: Scene, *moments: float) -> list[Picture]:
    stage = Stage(one, WIDTH, HEIGHT)
    return [stage.picture(at)[0] for at in moments]


def test_the_same_seed_is_the_same_film() -> None:
    one = scene(1_013)
    for first, second in zip(pictures(one, 1, 9, 12), pictures(one, 1, 9, 12), strict=True):
        assert (first == second).all()


def test_another_seed_is_another_room() -> None:
    (one,), (other,) = pictures(scene(1_010), 1), pictures(scene(1_012), 1)
    assert (cv2.absdiff(one, other) > 10).mean() > 0.3


@pytest.mark.parametrize("seed", DAY)
def test_each_pet_is_in_the_picture_where_it_is_said_to_be(seed: int) -> None:
    """Painted with and without visits: what differs is them."""
    one = scene(seed)
    quiet = replace(one.light, noise=0.0, changes=(), shadows=())
    stage = Stage(replace(one, light=quiet), WIDTH, HEIGHT)
    empty = Stage(replace(one, light=quiet, visits=()), WIDTH, HEIGHT).picture(0)[0][:HEIGHT]
    for at in list(moments(one, LOOKS))[::12]:
        picture, seen = stage.picture(at)
        differs = cv2.absdiff(picture[:HEIGHT], empty) > 8
        for found in seen.values():
            left, top, right, bottom = found.box
            rows = slice(round(top * HEIGHT), round(bottom * HEIGHT))
            part = differs[rows, round(left * WIDTH) : round(right * WIDTH)]
            assert found.part < 0.1 or np.count_nonzero(part) > FAINT, (seed, at)
        if not poses(one.visits, at):
            assert not differs.any(), (seed, at)


@pytest.mark.parametrize("seed", DAY)
def test_each_pet_comes_into_sight_and_goes_when_the_truth_says(seed: int) -> None:
    one = scene(seed)
    stage = Stage(one, WIDTH, HEIGHT)
    for number, event in enumerate(truth_of(one).events):
        for at in (event.start, event.end):
            assert stage.seen(at)[number].part > 0.05
        if event.end < one.seconds - 0.4:
            gone = stage.seen(event.end + 0.2).get(number)
            assert gone is None or gone.part < 0.15
        if one.visits[number].waits == 0:
            before = stage.seen(event.start - 0.2).get(number)
            assert before is None or before.part < 0.15


def test_infrared_has_no_colours_and_day_has() -> None:
    dark = next(one for one in map(scene, range(1_009, 1_200, 2)) if one.light.switches > 1e9)
    (night,) = pictures(dark, 1)
    assert (night[HEIGHT:] == 128).all()
    (day,) = pictures(scene(1_010), 1)
    assert (day[HEIGHT:] != 128).mean() > 0.1


def test_a_camera_that_goes_over_to_infrared_loses_its_colours_then() -> None:
    one = next(one for one in map(scene, range(1_009, 3_000, 2)) if one.light.switches < one.seconds - 2)
    before, after = pictures(one, one.light.switches - 1, one.light.switches + 1.5)
    assert (before[HEIGHT:] != 128).any()
    assert (after[HEIGHT:] == 128).all()


def test_noise_is_as_strong_as_the_light_says() -> None:
    one = next(
        one
        for one in map(scene, range(1_008, 3_000, 2))
        if not one.light.changes and not one.light.shadows and not one.visits[0].waits
        if one.kind != "empty"
    )
    before, after = pictures(one, 0.0, 0.2)
    inner = np.s_[20:160, 20:300]
    differs = before[:HEIGHT][inner].astype(int) - after[:HEIGHT][inner].astype(int)
    assert differs.std() == pytest.approx(one.light.noise * 2**0.5, rel=0.25)


@pytest.mark.parametrize("posture", list(Posture))
def test_every_posture_of_every_pet_lies_within_its_sprite(posture: Posture) -> None:
    for animal in ANIMALS:
        for frame in {frame_of(posture, part / 8) for part in range(8)}:
            _, cover = drawn(animal.name, posture, frame)
            body = cover > 160
            share = body.mean()
            assert 0.05 < share < 0.4, (animal.name, share)
            assert body[:2].sum() == 0, "its ears or tail are cut off above"
            assert body[:, 0].sum() + body[:, -1].sum() < 12, "it is cut off at a side"


def test_each_two_pets_differ_in_their_coats() -> None:
    means = []
    for animal in ANIMALS:
        colour, cover = drawn(animal.name, Posture.WALK, 0)
        means.append(colour[cover > 250].mean(axis=0))
    for number, one in enumerate(means):
        for other in means[number + 1 :]:
            assert np.abs(one - other).max() > 25
