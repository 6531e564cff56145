"""How well pets are told apart by what the gallery holds: each session named by what the others taught.

Never by what it taught itself: pictures of one session are alike, and a share of single frames kept back
would be found again by its neighbour in time.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from influx.schema import NO_PETS
from vision.identity.colour import Vector
from vision.identity.gallery import Source
from vision.identity.neighbours import Known, Neighbours
from vision.identity.whose import voted

LEAST_SESSIONS = 2
"""Sessions of a pet without which nothing can be said of it."""


@dataclass
class Evaluation:
    """What came of it: how often a source of one pet was taken for another, or for ``unknown``."""

    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    few: list[str] = field(default_factory=list)
    """Pets of which there are too few sessions to say anything."""
    infrared: int = 0
    """Sources by infrared light, which are not asked."""

    @property
    def asked(self) -> int:
        """Sources that were named."""
        return self.confusion.total()

    @property
    def right(self) -> int:
        """Those that were named rightly."""
        return sum(count for (pet, named), count in self.confusion.items() if pet == named)

    @property
    def wrong(self) -> int:
        """Those that were taken for another pet."""
        pets = {pet for pet, _named in self.confusion}
        return sum(count for (pet, named), count in self.confusion.items() if named != pet and named in pets)


def evaluate(sources: Sequence[Source], vectors_of: Callable[[Source], Sequence[Vector]]) -> Evaluation:
    """Name each of ``sources`` by those of all other sessions; ``vectors_of`` says what one looks like."""
    found = Evaluation()
    coloured = [source for source in sources if not source.infrared]
    found.infrared = sum(source.infrared and source.pet not in NO_PETS for source in sources)
    vectors = {source.path: list(vectors_of(source)) for source in coloured}
    pets = sorted({source.pet for source in sources} - NO_PETS)
    sessions = {pet: {source.session for source in coloured if source.pet == pet} for pet in pets}
    found.few = [pet for pet in pets if len(sessions[pet]) < LEAST_SESSIONS]
    for session in sorted({source.session for source in coloured}):
        known = Neighbours(
            [
                Known(source.pet, source.id, vector)
                for source in coloured
                if source.session != session
                for vector in vectors[source.path]
            ]
        )
        for source in coloured:
            if (
                source.session == session
                and source.pet not in (*NO_PETS, *found.few)
                and vectors[source.path]
            ):
                # A sheet holds a few looks of a whole visit: each stands for several.
                names = Counter(known.name(vector) for vector in vectors[source.path])
                found.confusion[source.pet, voted(names, each=_LOOKS_EACH).pet] += 1
    return found


_LOOKS_EACH = 3
"""Looks of a visit that a cut-out stands for."""
