import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.world.acts import ORDER, Act, Visit, bouts
from benchmarks.world.light import lit
from benchmarks.world.play import LOOKS, moments, truth_of
from benchmarks.world.poses import Posture
from benchmarks.world.scenes import KINDS, TEST, TRAIN, Scene, scene
from influx.schema import EVENT_TYPES

SEEDS = st.integers(TRAIN.start, TRAIN.start + 50_000)
ROUND = range(1_008, 1_008 + 2 * len(KINDS))
"""Seeds of each kind of scene by day and in infrared."""


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [scene(seed) for seed in ROUND]


def test_what_is_measured_on_and_what_is_tuned_on_have_no_scene_in_common() -> None:
    assert not set(TEST) & set(TRAIN)
    assert len(TEST) == 200
    assert (TEST.start, TEST.stop) == (7_000_000, 7_000_200), "the test seeds are frozen"


def test_half_of_the_frozen_scenes_are_in_infrared_and_every_kind_is_as_often_by_day_as_by_night() -> None:
    kinds = [(seed % 2, KINDS[seed // 2 % len(KINDS)]) for seed in TEST]
    for kind in KINDS:
        assert kinds.count((0, kind)) == kinds.count((1, kind)) >= 8


@given(SEEDS)
def test_the_same_seed_is_the_same_scene(seed: int) -> None:
    assert scene(seed) == scene(seed)


@given(SEEDS)
def test_every_visit_is_a_chain_of_acts_within_the_scene(seed: int) -> None:
    one = scene(seed)
    assert len(one.visits) <= 5
    assert len({visit.animal for visit in one.visits}) <= 4
    for visit in one.visits:
        assert visit.event_type in EVENT_TYPES
        assert visit.acts[0].begin >= 0
        assert visit.acts[-1].end <= one.seconds
        for before, after in pairwise(visit.acts):
            assert before.end == after.begin
            assert before.stop == after.start, "nobody appears elsewhere"
            assert math.isclose(before.lift[1], after.lift[0])
        assert all(act.end > act.begin for act in visit.acts)


@given(SEEDS)
def test_nobody_goes_faster_than_cats_and_dogs_do(seed: int) -> None:
    one = scene(seed)
    for visit in one.visits:
        for act in visit.acts:
            speed = one.room.view.apart(act.start, act.stop) / (act.end - act.begin)
            assert speed < (1.2 if act.posture is Posture.WALK else 7.0), (visit.event_type, act)


@given(SEEDS)
def test_a_pet_is_never_at_two_places(seed: int) -> None:
    visits = sorted(scene(seed).visits, key=lambda visit: (visit.animal.name, visit.acts[0].begin))
    for before, after in pairwise(visits):
        if before.animal == after.animal:
            assert before.acts[-1].end <= after.acts[0].begin - 8


def test_each_kind_of_scene_holds_what_it_is_named_for(scenes: list[Scene]) -> None:
    for one in scenes:
        if one.kind == "empty":
            assert one.visits == ()
        else:
            assert one.kind in {visit.event_type for visit in one.visits}, one.seed


def test_each_kind_comes_by_day_and_in_infrared(scenes: list[Scene]) -> None:
    assert {(one.kind, one.infrared) for one in scenes} == {
        (kind, dark) for kind in KINDS for dark in (True, False)
    }


def test_one_to_four_pets_come() -> None:
    counts = {len({visit.animal for visit in scene(seed).visits}) for seed in range(2_000, 2_300)}
    assert counts == {0, 1, 2, 3, 4}


def test_only_two_who_meet_are_called_interacting() -> None:
    for seed in range(2_000, 2_240):
        one = scene(seed)
        meeting = [visit for visit in one.visits if visit.event_type == "interacting"]
        assert len(meeting) == (2 if one.kind == "interacting" else 0)


def seconds_of(visit: Visit, *postures: Posture) -> float:
    return sum(act.end - act.begin for act in visit.acts if act.posture in postures)


def rises(act: Act) -> bool:
    return abs(act.lift[1] - act.lift[0]) > 0.25


LONG_ENOUGH = {
    "eating_drinking": lambda visit: seconds_of(visit, Posture.EAT) >= 3,
    "grooming": lambda visit: seconds_of(visit, Posture.LICK, Posture.FLANK, Posture.WASH) >= 4,
    "sleeping": lambda visit: seconds_of(visit, Posture.CURL, Posture.STRETCHED) >= 20,
    "sitting": lambda visit: seconds_of(visit, Posture.SIT, Posture.STAND) >= 4,
    "playing": lambda visit: seconds_of(visit, Posture.RUN, Posture.BAT, Posture.LEAP) >= 3,
    "jumping": lambda visit: any(rises(act) for act in visit.acts),
    "interacting": lambda visit: seconds_of(visit, Posture.SNIFF, Posture.BAT, Posture.CROUCH) >= 2,
}
"""What docs/world.md asks of a visit that is called so."""


@given(SEEDS)
def test_a_visit_is_called_what_the_definitions_say(seed: int) -> None:
    for visit in scene(seed).visits:
        if visit.event_type in LONG_ENOUGH:
            assert LONG_ENOUGH[visit.event_type](visit), visit.event_type
        if visit.event_type not in ORDER[: ORDER.index("sitting") + 1]:
            assert seconds_of(visit, Posture.SIT, Posture.EAT, Posture.LICK) == 0
            standing = [act for act in visit.acts if act.start == act.stop and act.begin >= visit.waits]
            assert all(act.end - act.begin < 4 for act in standing), "that would be sitting"


@pytest.mark.parametrize("seed", ROUND)
def test_the_truth_lies_within_the_scene_and_within_the_visit(seed: int) -> None:
    one = scene(seed)
    truth = truth_of(one)
    assert truth.scripted
    assert truth.infrared == one.infrared
    assert len(truth.events) == len(one.visits), "everybody who comes can be seen"
    for event, visit in zip(truth.events, one.visits, strict=True):
        assert 0 <= visit.acts[0].begin <= event.start < event.end <= one.seconds
        assert event.end <= visit.acts[-1].end
        assert event.start >= visit.waits
        assert event.start >= 4, "the room is seen empty first"
        assert event.path


def test_nobody_is_out_of_sight_for_longer_than_two_seconds_within_a_visit() -> None:
    for seed in ROUND:
        one = scene(seed)
        truth = truth_of(one)
        for event in truth.events:
            steps = pairwise(event.path)
            assert all(later[0] - sooner[0] <= 2 + 1 for sooner, later in steps), seed


def test_the_light_changes_in_some_scenes_and_in_others_not() -> None:
    lights = [scene(seed).light for seed in range(2_000, 2_200)]
    assert any(light.shadows for light in lights)
    assert any(change.spot for light in lights for change in light.changes), "a lamp"
    assert any(not change.spot for light in lights for change in light.changes), "a cloud"
    assert any(light.switches < math.inf for light in lights)
    assert sum(not light.shadows and not light.changes for light in lights) > 100


def test_there_is_more_noise_in_infrared() -> None:
    day = [lit(seed, 30, infrared=False, eventful=False).noise for seed in range(100)]
    night = [lit(seed, 30, infrared=True, eventful=False).noise for seed in range(100)]
    assert sum(night) > 1.5 * sum(day)


def test_moments_are_as_many_as_asked_for() -> None:
    one = scene(ROUND[0])
    assert len(list(moments(one, LOOKS))) == round(one.seconds * LOOKS)


@given(st.floats(0.5, 100), st.tuples(st.floats(1, 5), st.floats(5, 12)))
def test_bouts_add_up(seconds: float, pair: tuple[float, float]) -> None:
    lengths = list(bouts(random.Random(1), seconds, pair))
    assert math.isclose(sum(lengths), seconds)
    assert all(length <= pair[1] + pair[0] for length in lengths)
