"""Plays scripted scenes through the pipeline and prints what was right; see ``docs/world.md``."""

import argparse
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import track

from benchmarks.world.household import album, get_to_know, move_in
from benchmarks.world.play import play, write
from benchmarks.world.scenes import KINDS, TEST, TRAIN, scene
from benchmarks.world.tables import Outcome, tables

NIGHT, DAY = 1, 0


def main() -> None:
    """Play or write the scenes that were asked for."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.world", description=__doc__)
    arguments.add_argument(
        "--seeds", choices=("train", "test"), default="train", help="rules are tuned on train"
    )
    arguments.add_argument("--scenes", type=int, default=len(TEST), help="how many, from the first seed on")
    arguments.add_argument("--skip", type=int, default=0, help="leave out so many first")
    light = arguments.add_mutually_exclusive_group()
    light.add_argument("--infrared", action="store_true", help="only those in infrared")
    light.add_argument("--day", action="store_true", help="only those by day")
    arguments.add_argument("--only", metavar="KIND", choices=KINDS, help="only scenes of that kind")
    arguments.add_argument("--jobs", type=int, default=2, help="processes")
    arguments.add_argument("--names", action="store_true", help="also say whose each visit was")
    arguments.add_argument("--each", action="store_true", help="also print each visit that went wrong")
    arguments.add_argument("--write", type=Path, metavar="FOLDER", help="write recordings and truth instead")
    asked = arguments.parse_args()
    seeds = list(islice(_chosen(asked), asked.skip, asked.skip + asked.scenes))
    console = Console(stderr=True)
    if asked.write:
        asked.write.mkdir(parents=True, exist_ok=True)
        for seed in track(seeds, "painting", console=console, transient=True):
            print(write(scene(seed), asked.write))
        return
    began = time.monotonic()
    with ExitStack() as stack:
        pool = stack.enter_context(ProcessPoolExecutor(asked.jobs))
        known = None
        if asked.names:
            known = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            pets = [(pool.submit(get_to_know, name, seed, known)) for name, seed in album()]
            for one in track(pets, "getting to know the pets", console=console, transient=True):
                one.result()
        played = pool.map(partial(outcome, known=known), seeds)
        outcomes = list(track(played, "playing", total=len(seeds), console=console, transient=True))
    print(f"{len(seeds)} scripted scenes, {asked.seeds} seeds, {time.monotonic() - began:.0f} s\n")
    print(tables(outcomes, each=asked.each))


def _chosen(asked: argparse.Namespace) -> Iterator[int]:
    """The seeds that are asked for, from the first one on."""
    for seed in TEST if asked.seeds == "test" else TRAIN:
        if (asked.infrared and seed % 2 == DAY) or (asked.day and seed % 2 == NIGHT):
            continue
        if not asked.only or scene(seed).kind == asked.only:
            yield seed


def outcome(seed: int, known: Path | None) -> Outcome:
    """What came of one scene, in a home whose pets are ``known`` where that is given."""
    one = scene(seed)
    if known is None:
        truth, found = play(one)
    else:
        with tempfile.TemporaryDirectory() as home:
            truth, found = play(one, recognising=move_in(one, known, Path(home)))
    return Outcome(seed, one.infrared, truth, tuple(found))


if __name__ == "__main__":
    main()
