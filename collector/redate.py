"""Readings from the future whose true time is known: they were stamped in this boot, all with one error."""

from collections.abc import Sequence
from dataclasses import dataclass

from influx.buckets import AHEAD
from influx.lines import later_than
from influx.points import length_ns
from influx.schema import MEASUREMENTS


@dataclass(frozen=True, slots=True)
class ClockError:
    """This boot's time, as it was first known, was ``ahead_ns`` ahead of what a time server says since.

    The boot began at ``start_ns`` and it is ``now_ns``, both by the time server and since 1970.
    """

    ahead_ns: int
    start_ns: int
    now_ns: int


def moved(measurement: str, lines: Sequence[str], error: ClockError) -> dict[str, str]:
    """Those of ``lines`` from the future that were stamped with ``error``, each with the line that is right.

    Only readings are moved: what else is told in points has times in its fields and names, too.
    """
    known = MEASUREMENTS.get(measurement)
    if known is None or not any(field.name == "estimated" for field in known.fields):
        return {}
    end_ns = error.now_ns + length_ns(AHEAD)
    return {
        line: f"{line.rpartition(' ')[0]} {time_ns - error.ahead_ns}"
        for line, time_ns in later_than(lines, end_ns)
        if error.start_ns <= time_ns - error.ahead_ns <= end_ns
    }
