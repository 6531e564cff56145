"""What is missed, in a line that people read; pure, and without a clock."""

from collections.abc import Sequence

from api.pages import words
from influx.registry import Entry

MOST = 3
"""Names that the line holds; a whole machine that is gone takes many things along."""


def sentence(missed: Sequence[Entry]) -> str:
    """What is missed and for how long; empty where nothing is."""
    told = [_told(entry) for entry in missed[:MOST]]
    if len(missed) > MOST:
        told.append(f"{len(missed) - MOST} more")
    if not told:
        return ""
    return f"Not heard of: {', '.join(told)}."


def _told(entry: Entry) -> str:
    what = f"{entry.thing.kind} {entry.thing.name}"
    if entry.age is None:
        return f"{what} (never spoke)"
    return f"{what} (silent for {words.since(entry.age)})"
