"""Plays scripted scenes through the pipeline and prints what was right; see ``docs/world.md``."""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import track

from benchmarks.world.play import play, write
from benchmarks.world.scenes import TEST, TRAIN, scene
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
    arguments.add_argument("--only", metavar="KIND", help="only scenes of that kind (passing, …, empty)")
    arguments.add_argument("--jobs", type=int, default=2, help="processes")
    arguments.add_argument("--each", action="store_true", help="also print each visit that went wrong")
    arguments.add_argument("--write", type=Path, metavar="FOLDER", help="write recordings and truth instead")
    asked = arguments.parse_args()
    seeds: list[int] = list(TEST if asked.seeds == "test" else islice(TRAIN, 20_000))
    if asked.infrared or asked.day:
        seeds = [seed for seed in seeds if seed % 2 == (NIGHT if asked.infrared else DAY)]
    if asked.only:
        seeds = [seed for seed in seeds if scene(seed).kind == asked.only]
    seeds = seeds[asked.skip : asked.skip + asked.scenes]
    console = Console(stderr=True)
    if asked.write:
        asked.write.mkdir(parents=True, exist_ok=True)
        for seed in track(seeds, "painting", console=console, transient=True):
            print(write(scene(seed), asked.write))
        return
    began = time.monotonic()
    with ProcessPoolExecutor(asked.jobs) as pool:
        played = pool.map(outcome, seeds)
        outcomes = list(track(played, "playing", total=len(seeds), console=console, transient=True))
    print(f"{len(seeds)} scripted scenes, {asked.seeds} seeds, {time.monotonic() - began:.0f} s\n")
    print(tables(outcomes, each=asked.each))


def outcome(seed: int) -> Outcome:
    """What came of one scene."""
    one = scene(seed)
    truth, found = play(one)
    return Outcome(seed, one.infrared, truth, tuple(found))


if __name__ == "__main__":
    main()
