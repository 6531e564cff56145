"""Who is known in a home: cut-outs of each pet from scenes of its own, as corrections leave them."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.world.coats import ANIMALS
from benchmarks.world.play import play
from benchmarks.world.scenes import Scene, scene
from vision.identity.gallery import Gallery
from vision.identity.recogniser import Recogniser
from vision.truth import pairs

ALBUM = range(3_000_000, 3_100_000)
"""The seeds of scenes that pets are got to know in; neither rules nor figures have to do with them."""
SESSIONS = 6
"""Scenes that each pet is known from: as many rooms and lights."""
LEAST = 2
"""Pets that live in each home: where only one comes, another is known too."""


def album() -> Iterator[tuple[str, int]]:
    """Pets and the seeds of scenes by day in which only they come."""
    wanted = {animal.name: SESSIONS for animal in ANIMALS}
    for seed in ALBUM:
        if not any(wanted.values()):
            return
        one = scene(seed)
        names = {visit.animal.name for visit in one.visits}
        if one.infrared or len(names) != 1:
            continue
        (name,) = names
        if wanted[name]:
            wanted[name] -= 1
            yield name, seed


def get_to_know(name: str, seed: int, folder: Path) -> None:
    """Play that scene and say of each visit that was found: this was ``name``."""
    gallery = Gallery(folder)
    one = scene(seed)
    truth, found = play(one, recognising=Recogniser(gallery))
    for _, other in pairs(truth.events, found):
        gallery.teach(found[other].event_id, name)


def move_in(one: Scene, known: Path, home: Path) -> Recogniser:
    """Somebody who knows the pets of that scene's home, and no others."""
    names = sorted({visit.animal.name for visit in one.visits})
    others = [animal.name for animal in ANIMALS if animal.name not in names]
    random.Random(f"home {one.seed}").shuffle(others)
    for name in [*names, *others[: max(0, LEAST - len(names))]]:
        shutil.copytree(known / name, home / name)
    return Recogniser(Gallery(home))
