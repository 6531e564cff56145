"""Scenes through the real pipeline, and the runner as it is called."""

import subprocess
import sys
from pathlib import Path

from benchmarks.world.play import play
from benchmarks.world.scenes import Scene, scene
from benchmarks.world.tables import Outcome, tables
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
    assert "wrong name" in told


def test_the_runner_prints_both_halves() -> None:
    command = [sys.executable, "-m", "benchmarks.world", "--scenes", "2", "--skip", "6", "--jobs", "1"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert "2 scripted scenes, train seeds" in ended.stdout
    assert "by day" in ended.stdout
    assert "in infrared" in ended.stdout
