"""Points that arrive after the rollups of their time were made: which stretches of time those are."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from influx import points
from influx.points import Point, to_datetime
from influx.schema import LATE_WINDOW, ROLLUPS
from influx.steps import QUARTER
from influx.windows import READY, Window

_QUARTER_NS = points.length_ns(QUARTER)
_DIGITS = 19
"""Digits of ns since 1970, from 2001 to 2286."""
_TO_100_SECONDS = 11


def quarters(lines: Sequence[str]) -> set[int]:
    """The quarter hours that ``lines`` of line protocol touch, counted from 1970.

    Nine times 100 s are a quarter hour, so the digits down to 100 s tell it, and a line need not be parsed:
    this runs for every line on its way to the store.
    """
    hundreds = {line[-_DIGITS - 1 : -_TO_100_SECONDS] for line in lines}
    if all(text[:1] == " " and text[1:].isdigit() for text in hundreds):
        return {int(text) // 9 for text in hundreds}
    return {int(line.rpartition(" ")[2]) // _QUARTER_NS for line in lines}


def late_windows(
    measurement: str, touched: Collection[int], now: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of the quarter hours ``touched`` whose rollups were made before ``now``.

    What comes within ``READY`` of the end of its quarter hour is in them.
    """
    if measurement not in ROLLUPS:
        return
    rolled_up = points.to_ns(now - READY) // _QUARTER_NS
    late = sorted(quarter for quarter in touched if quarter < rolled_up)
    # Quarters that follow each other are as far from their places in the list.
    for _, run in groupby(enumerate(late), key=lambda found: found[1] - found[0]):
        first, *others = (quarter for _, quarter in run)
        yield to_datetime(first * _QUARTER_NS), to_datetime((first + len(others) + 1) * _QUARTER_NS)


def window_of(report: Point) -> Window:
    """The stretch that ``report`` names; raises ``ValueError`` where it names none, which any device could
    write.
    """
    start, stop = (datetime.fromisoformat(str(report.fields.get(name))) for name in ("start", "stop"))
    return Window(start, stop)


class LateReports:
    """Makes the points that tell the server side of late windows, no two of which have the same time.

    ``made`` counts them.
    """

    def __init__(self, node: str) -> None:
        self.made = 0
        self._node = node
        self._last_ns = 0

    def report(self, measurement: str, touched: Collection[int], now: datetime) -> list[Point]:
        """A point for each stretch of the quarter hours ``touched`` that are touched too late."""
        return [
            points.make(
                LATE_WINDOW,
                {"node": self._node, "measurement": measurement},
                {"start": start.isoformat(), "stop": stop.isoformat(), "rolled_up": False},
                self._time_ns(now),
            )
            for start, stop in late_windows(measurement, touched, now)
        ]

    def _time_ns(self, now: datetime) -> int:
        """A whole µs, as far as every store and language tells times apart."""
        self.made += 1
        self._last_ns = max(points.to_ns(now), self._last_ns + 1_000)
        return self._last_ns
