"""How far the events found in a recording agree with what was really to be seen, told or as figures."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from vision.truth import IN_TIME, Found, Score, Truth, Visit
from vision.watch import Seen


class Agreement:
    """Compares ``seen`` with ``truth`` as docs/world.md says."""

    def __init__(self, truth: Truth, seen: Sequence[Seen]) -> None:
        self._truth = truth
        self._found = [Found(one.event.event_type, one.start_s, one.end_s, one.event.pet) for one in seen]
        self._score = Score()
        self._paired = dict(self._score.add(truth.events, self._found))

    def row(self) -> dict[str, Any]:
        """The figures: shares from 0 to 1, None where there is nothing to have a share of."""
        score = self._score
        return {
            "scripted": self._truth.scripted,
            "visits": score.visits,
            "missed": score.missed,
            "false": score.false,
            "right": round(score.right, 4),
            "in_time": round(score.in_time, 4),
            "types": {
                kind: {"precision": _rounded(score.precision(kind)), "recall": _rounded(score.recall(kind))}
                for kind in score.kinds()
            },
        }

    def tables(self) -> Iterator[RenderableType]:
        """One sentence, the types, and each visit or event that does not agree."""
        score = self._score
        yield (
            f"{'of a scripted scene: ' if self._truth.scripted else ''}{score.visits} visits, "
            f"type right {score.right:.0%}, start and end within {IN_TIME:g} s {score.in_time:.0%}, "
            f"missed {score.missed}, false {score.false}"
        )
        table = Table("event type", "precision", "recall")
        for kind in score.kinds():
            table.add_row(kind, _share(score.precision(kind)), _share(score.recall(kind)))
        yield table
        yield from self._wrong()

    def _wrong(self) -> Iterator[str]:
        for number, visit in enumerate(self._truth.events):
            event = self._found[self._paired[number]] if number in self._paired else None
            if event is None:
                yield f"missed: {_told(visit)}"
            elif event.event_type != visit.event_type:
                yield f"wrong type: {_told(visit)} was taken for {event.event_type}"
            elif max(abs(event.start - visit.start), abs(event.end - visit.end)) > IN_TIME:
                yield f"wrong time: {_told(visit)} was found from {event.start:.1f} to {event.end:.1f} s"
        for number, event in enumerate(self._found):
            if number not in self._paired.values():
                yield f"false: {event.event_type} from {event.start:.1f} to {event.end:.1f} s"


def _told(visit: Visit) -> str:
    return f"{visit.event_type} of {visit.pet} from {visit.start:.1f} to {visit.end:.1f} s"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
