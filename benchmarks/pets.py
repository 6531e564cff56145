"""Whether pets are found and persons are told from them: photographs of real pets moved across a real room.

Ten cats and ten dogs, each at three sizes, cross the empty room of a recording; then the recording itself,
in which people walk, is watched. What counts is the track: whether some of its looks found the pet, and
whether its event is a person's. ``--other`` takes the same photographs mirrored and darker, at two sizes in
between: less than new photographs, and more than the same again. Scripted movement, real pictures; files
are those of the tests, beside the repository.
"""

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest
from cv2.typing import MatLike
from rich.console import Console
from rich.progress import track as progress
from rich.table import Table

from influx.schema import PERSON
from tests.vision.detectors.rooms import HEIGHTS, crossing, events_of, photos, room
from tests.vision.detectors.scenes import nanodet_here
from tests.vision.shared import shared
from vision.detectors import PET, Detector, Found
from vision.naming import Namer
from vision.pipeline import Pipeline
from vision.watch import watch

BAR = 0.9
OTHER_HEIGHTS = (0.27, 0.45)


@dataclass
class Timed:
    """A detector, and how long its looks took."""

    detector: Detector
    seconds: list[float] = field(default_factory=list)

    def detect(self, picture: MatLike) -> list[Found]:
        """See ``Detector.detect``."""
        began = time.perf_counter()
        found = self.detector.detect(picture)
        self.seconds.append(time.perf_counter() - began)
        return found


Counts = dict[tuple[str, float], Counter[str]]


def cross(detector: Detector, heights: tuple[float, ...], other: bool) -> Counts:
    """How many tracks of each kind of pet and height were seen as what."""
    background = room()
    counted: Counts = {}
    for photo in progress(photos(), "Crossing", console=Console(stderr=True), transient=True):
        for height in heights:
            counts = counted.setdefault((photo.stem.split("-")[0], height), Counter())
            events = events_of(crossing(background, photo, height, other=other), Namer(detector))
            for track in {event.track for event in events}:
                of_track = [event for event in events if event.track == track]
                seen = {str(event.evidence.get("seen", "")) for event in of_track}
                counts[PET if PET in seen else PERSON if PERSON in seen else "nothing"] += 1
                counts["persons' events"] += any(event.pet == PERSON for event in of_track)
            counts["missed"] += not events
    return counted


def main() -> int:
    """Print the tables; 1 where the bar is missed."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--other", action="store_true", help="mirrored, darker, at sizes in between")
    other = parser.parse_args().other
    try:
        detector = Timed(nanodet_here())
        counted = cross(detector, OTHER_HEIGHTS if other else HEIGHTS, other)
        recording = shared("data/person-walking.mp4")
    except pytest.skip.Exception as lacking:
        sys.exit(str(lacking))
    columns = (PET, PERSON, "nothing", "persons' events", "missed")
    table = Table("pets", "of the height", "tracks", "pet found", *columns[1:-1], "no track")
    for (kind, height), counts in counted.items():
        tracks = counts[PET] + counts[PERSON] + counts["nothing"]
        table.add_row(f"{kind}s", f"{height:.0%}", str(tracks), *(str(counts[name]) for name in columns))
    total = sum(counted.values(), Counter())
    tracks = total[PET] + total[PERSON] + total["nothing"] + total["missed"]
    table.add_row("all", "", str(tracks), *(str(total[name]) for name in columns))
    people = [one.event for one in watch(recording, Pipeline("hall", "hall", naming=Namer(detector)))]
    wrong = [event.id for event in people if event.pet != PERSON]
    console = Console(width=110)
    console.print(table)
    console.print(f"pet found in {total[PET] / tracks:.1%} of {tracks} tracks (bar {BAR:.0%})")
    console.print(f"{len(people)} events of people walking, {len(wrong)} of them no person's {wrong or ''}")
    looks = sorted(detector.seconds)
    console.print(f"{len(looks)} looks, {looks[len(looks) // 2] * 1000:.1f} ms each (median)")
    return int(total[PET] < BAR * tracks or total["persons' events"] > 0 or bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
