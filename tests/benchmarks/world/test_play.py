"""Scenes through the real pipeline, and the runner as it is called."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from benchmarks.world.coats import ANIMALS
from benchmarks.world.household import SESSIONS, album, get_to_know, move_in
from benchmarks.world.play import play
from benchmarks.world.scenes import TEST, TRAIN, Scene, scene
from benchmarks.world.tables import Outcome, tables
from vision.identity.gallery import Gallery
from vision.identity.recogniser import Recogniser
from vision.truth import Found, Score, Truth, Visit

ROOT = Path(__file__).parents[3]


def plain(encoded: bool) -> Scene:
    """A short scene by day in which one pet passes by under a light that stays."""
    for seed in range(1_008, 30_000, 24):
        one = scene(seed)
        steady = not one.light.changes and not one.light.shadows
        if one.encoded == encoded and len(one.visits) == 1 and one.seconds < 26 and steady:
            return one
    raise AssertionError("there is no such scene")


def test_a_pet_that_passes_by_is_found_where_it_is() -> None:
    truth, found = play(plain(encoded=False))
    score = Score()
    assert score.add(truth.events, found) == [(0, 0)]
    assert (score.right, score.in_time, score.false) == (1.0, 1.0, 0)
    (event,) = found
    assert event.places, "where it was is known"
    for begin, (x, _) in event.places.items():
        spots = [spot[1] for spot in truth.events[0].path if begin <= spot[0] < begin + 10]
        assert min(spots) - 0.1 <= x <= max(spots) + 0.1


def test_what_went_through_an_encoder_is_found_too() -> None:
    truth, found = play(plain(encoded=True))
    score = Score()
    score.add(truth.events, found)
    assert (score.missed, score.false) == (0, 0)


def test_the_tables_say_that_they_are_of_scripted_scenes() -> None:
    visit = Visit(event_type="passing", start=1, end=5, pet="mango")
    outcomes = [
        Outcome(1, False, Truth(events=(visit,)), (Found("passing", 1, 5, "mango"),)),
        Outcome(2, True, Truth(events=(visit,)), (Found("sitting", 1, 9, "shadow"),)),
        Outcome(3, True, Truth(events=()), (Found("motion", 1, 9),)),
    ]
    told = tables(outcomes, each=True)
    assert "### Scripted, by day: 1 scenes, 1 visits" in told
    assert "type right 100.0% of all visits" in told
    assert "missed 0, false 1 (1 of them in 1 empty scenes)" in told
    assert "2: mango passing 1.0–5.0 is sitting 1.0–9.0" in told
    assert "3: false motion 1.0–9.0" in told
    assert "whose: right 100.0%, unknown 0.0%, wrong 0.0% of 1 pairs" in told
    assert "whose: right 0.0%, unknown 0.0%, wrong 100.0% of 1 pairs" in told


def test_the_share_of_right_names_counts_each_pair_once() -> None:
    visits = tuple(Visit(event_type="passing", start=at, end=at + 5, pet="mango") for at in (0, 10, 20, 30))
    names = ("mango", "mango", "unknown", "shadow")
    found = tuple(Found("passing", one.start, one.end, pet) for one, pet in zip(visits, names, strict=True))
    told = tables([Outcome(2, False, Truth(events=visits), found)])
    assert "whose: right 50.0%, unknown 25.0%, wrong 25.0% of 4 pairs" in told


def test_each_pet_is_known_from_as_many_scenes_of_its_own() -> None:
    scenes = list(album())
    assert Counter(name for name, _ in scenes) == {animal.name: SESSIONS for animal in ANIMALS}
    for name, seed in scenes:
        assert {visit.animal.name for visit in scene(seed).visits} == {name}
        assert seed not in TEST
        assert seed not in TRAIN


def test_a_home_knows_its_own_pets_and_at_least_two(tmp_path: Path) -> None:
    for animal in ANIMALS:
        Gallery(tmp_path / "known").know(animal.name)
    for seed in range(1_008, 1_040):
        one = scene(seed)
        move_in(one, tmp_path / "known", tmp_path / str(seed))
        names = {visit.animal.name for visit in one.visits}
        pets = Gallery(tmp_path / str(seed)).pets()
        assert names <= set(pets)
        assert len(pets) == max(2, len(names))


def test_a_pet_that_was_got_to_know_is_recognised(tmp_path: Path) -> None:
    scenes = list(album())
    one = scene(scenes[0][1])
    (name,) = {visit.animal.name for visit in one.visits}
    get_to_know(name, one.seed, tmp_path)
    _, found = play(one, recognising=Recogniser(Gallery(tmp_path)))
    assert name in {event.pet for event in found}


def test_the_runner_prints_both_halves() -> None:
    command = [sys.executable, "-m", "benchmarks.world", "--scenes", "2", "--only", "entering", "--jobs", "1"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert "2 scripted scenes, train seeds" in ended.stdout
    assert "by day" in ended.stdout
    assert "in infrared" in ended.stdout
