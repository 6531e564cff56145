import logging
import shutil
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from influx.schema import UNKNOWN_PET
from tests.vision.identity.coats import (
    BLACK,
    BOX,
    GINGER,
    Colour,
    by_night,
    crop,
    foreground,
    frame,
    picture,
)
from tests.vision.sources import event
from vision.cameras.scripted import ScriptedCamera, ScriptedOptions
from vision.decoder import Decoder
from vision.detectors.found import PERSON
from vision.events import Event
from vision.identity.album import KEPT
from vision.identity.crops import decode, encode
from vision.identity.gallery import Gallery
from vision.identity.recogniser import Recogniser
from vision.motion import Box
from vision.pipeline import Closed, Pipeline
from vision.tracker import Step, Track

COATS = {"mango": GINGER, "shadow": BLACK}


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    return Gallery(tmp_path / "pets")


def enrolled(gallery: Gallery, **coats: Colour) -> Gallery:
    for pet, coat in coats.items():
        gallery.add(pet, "photos-1", f"photo-{pet}", encode([crop(coat, seed=number) for number in range(3)]))
    return gallery


def track(number: int = 1, at: float = 0, box: Box = BOX) -> Track:
    return Track(number, at, deque([Step(at, 0.5, 0.5, box, 0.5)]))


def look(recogniser: Recogniser, shown: av.VideoFrame, one: Track, looks: int = 5, begin: float = 0) -> None:
    for number in range(looks):
        at = begin + number / 4
        one.steps.append(Step(at, 0.5, 0.5, one.last.box, 0.5))
        recogniser.recognise(shown, [one], foreground(one.last.box), at)


@pytest.mark.parametrize("pet", COATS)
def test_a_track_gets_votes_for_the_pet_it_looks_like(gallery: Gallery, pet: str) -> None:
    one = track()
    look(Recogniser(enrolled(gallery, **COATS)), frame(picture(COATS[pet])), one)
    assert one.names == {pet: 5}


def test_at_most_four_looks_a_second(gallery: Gallery) -> None:
    recogniser, one = Recogniser(gallery), track()
    for number in range(30):
        one.steps.append(Step(number / 15, 0.5, 0.5, BOX, 0.5))
        recogniser.recognise(frame(picture(BLACK)), [one], foreground(), number / 15)
    assert one.names.total() == 8


def test_by_infrared_light_colours_say_nothing(gallery: Gallery) -> None:
    one = track()
    look(Recogniser(enrolled(gallery, **COATS)), by_night(picture(GINGER)), one)
    assert one.names == {UNKNOWN_PET: 5}


def test_two_in_one_box_and_persons_are_not_looked_at(gallery: Gallery) -> None:
    recogniser = Recogniser(enrolled(gallery, **COATS))
    one, other, person = track(1), track(2), track(3, box=Box(0.7, 0.1, 0.9, 0.9))
    person.votes[PERSON] = 1
    recogniser.recognise(frame(picture(GINGER)), [one, other, person], foreground(), 0)
    assert not one.names + other.names + person.names


def test_of_who_is_left_out_no_cut_out_is_kept_also_with_a_pet_on_the_arm(gallery: Gallery) -> None:
    recogniser, one = Recogniser(gallery), track()
    one.left_out, one.votes["pet"] = True, 9
    look(recogniser, frame(picture(GINGER)), one)
    seen = event(0, 5, track=1)
    recogniser.keep(seen)
    assert not gallery.teach(seen.id, "mango"), "a sheet of it was kept"


def test_what_the_gallery_learns_is_known_within_seconds(gallery: Gallery) -> None:
    recogniser, before, after = Recogniser(gallery), track(1), track(2, 60)
    look(recogniser, frame(picture(GINGER)), before)
    assert before.names == {UNKNOWN_PET: 5}
    enrolled(gallery, **COATS)
    look(recogniser, frame(picture(GINGER)), after, begin=60)
    assert after.names == {"mango": 5}
    gallery.remove("mango")
    gone = track(3, 120)
    look(recogniser, frame(picture(GINGER)), gone, begin=120)
    assert gone.names == {UNKNOWN_PET: 5}


def test_a_large_gallery_is_read_between_pictures(gallery: Gallery) -> None:
    for number in range(50):
        gallery.add("mango", "photos-1", f"photo-{number}", encode([crop(GINGER, seed=number)]))
    enrolled(gallery, **COATS)
    recogniser, one = Recogniser(gallery), track()
    look(recogniser, frame(picture(BLACK)), one)
    assert one.names == {UNKNOWN_PET: 2, "shadow": 3}


def test_a_spoilt_sheet_is_passed_over(gallery: Gallery, caplog: pytest.LogCaptureFixture) -> None:
    gallery.add("mango", "photos-1", "photo-9", b"no picture at all")
    one = track()
    look(Recogniser(enrolled(gallery, **COATS)), frame(picture(GINGER)), one)
    assert one.names == {"mango": 5}
    [said] = caplog.records
    assert "photo-9" in said.getMessage()


def test_a_closed_event_leaves_cut_outs_that_a_correction_can_name(gallery: Gallery) -> None:
    recogniser, one, over = Recogniser(gallery), track(), event(0, 9)
    look(recogniser, frame(picture(GINGER)), one, looks=12)
    recogniser.keep(over)
    assert gallery.teach(over.id, "mango")
    [source] = gallery.sources("mango")
    assert len(decode(source.path.read_bytes())) == KEPT
    assert not source.infrared
    recogniser.keep(over)
    assert gallery.sources("mango") == [source], "an event that nobody looked at leaves nothing"


def test_cut_outs_by_night_are_known_as_such(gallery: Gallery) -> None:
    recogniser, one, over = Recogniser(gallery), track(), event(0, 9)
    look(recogniser, by_night(picture(GINGER)), one)
    recogniser.keep(over)
    gallery.teach(over.id, "mango")
    assert gallery.sources("mango")[0].infrared
    two = track(2, 60)
    look(recogniser, by_night(picture(GINGER)), two, begin=60)
    assert two.names == {UNKNOWN_PET: 5}


def test_who_is_cut_off_by_the_edge_is_kept_only_where_nothing_else_is(gallery: Gallery) -> None:
    recogniser, over = Recogniser(gallery), event(0, 9)
    edge = Box(0.0, 0.4, 0.1, 0.65)
    one = track(box=edge)
    look(recogniser, frame(picture(BLACK, box=edge)), one, looks=3)
    one.steps.append(Step(3, 0.5, 0.5, BOX, 0.5))
    look(recogniser, frame(picture(GINGER)), one, looks=2, begin=3)
    recogniser.keep(over)
    gallery.teach(over.id, "mango")
    assert len(decode(gallery.sources("mango")[0].path.read_bytes())) == 2


def test_a_disk_that_takes_nothing_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    (tmp_path / "pets").write_text("a file where the gallery should be")
    recogniser = Recogniser(Gallery(tmp_path / "pets"))
    for number in range(3):
        look(recogniser, frame(picture(GINGER)), track(1), begin=number * 60)
        recogniser.keep(event(0, 9))
    (tmp_path / "pets").unlink()
    look(recogniser, frame(picture(GINGER)), track(1), begin=600)
    recogniser.keep(event(0, 9))
    for what in ("cut-outs of events", "the gallery of pets"):
        said = [record.levelno for record in caplog.records if what in record.getMessage()]
        assert said == [logging.WARNING, logging.INFO]


def played(gallery: Gallery, seed: int, seconds: float, *, grey: bool = False) -> Iterator[tuple[Event, str]]:
    """The scripted room's events, and whose each really was."""
    start = 1_790_000_000.0 + seed * 86_400
    camera = ScriptedCamera(ScriptedOptions(seed=seed, fps=5, pace=False, start=start, duration=seconds))
    stream, pipeline = camera.open(), Pipeline("room", "room", recognising=Recogniser(gallery))
    decoder = Decoder(stream.video)
    changes = [
        change
        for packet in stream.packets()
        for shown, at in decoder.frames(packet)
        for change in pipeline.see(
            shown.reformat(format="gray").reformat(format="yuv420p") if grey else shown, at
        )
    ]
    visits = list(camera.script.visits(seconds))
    for change in [*changes, *pipeline.close()]:
        if isinstance(change, Closed):
            began = change.event.start.timestamp() - start
            yield change.event, min(visits, key=lambda visit: abs(visit.start - began)).pet.name.lower()


def test_cats_taught_on_one_day_are_told_apart_on_another_and_are_unknown_by_night(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "pets")
    for over, pet in played(gallery, 0, 53):
        assert over.pet == UNKNOWN_PET
        assert gallery.teach(over.id, pet)
    shutil.rmtree(tmp_path / "pets" / ".seen")
    named = [(over.pet, pet) for over, pet in played(gallery, 3, 103)]
    assert len(named) == 4
    assert all(said == pet for said, pet in named)
    night = [over.pet for over, _pet in played(gallery, 5, 53, grey=True)]
    assert night == [UNKNOWN_PET] * 2


def test_after_the_clock_was_set_back_it_looks_on_and_learns_on(gallery: Gallery) -> None:
    recogniser, before, after = Recogniser(gallery), track(1), track(2)
    look(recogniser, frame(picture(GINGER)), before, begin=3600)
    enrolled(gallery, mango=GINGER)
    look(recogniser, frame(picture(GINGER)), after)
    assert after.names == {"mango": 5}
