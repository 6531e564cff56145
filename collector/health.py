"""How the way out of the node is doing, told in points; and the clock, looked at meanwhile."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from collector.backlog import Backlog
from collector.gate import Gate
from collector.spool import Spool, SpoolStatus, SpoolUnavailable
from influx import points
from influx.points import Point, to_datetime
from influx.schema import PIPELINE

_TEND_SECONDS = 1.0
_TENDS_A_REPORT = 30


class Health:
    """Tends ``gate`` once a second and reports the spool every 30 s, in a thread of its own.

    A disk that hangs holds up this thread and no sensor. ``also`` make points of their own at the same times.
    """

    def __init__(
        self,
        spool: Spool,
        backlog: Backlog,
        gate: Gate,
        node: str,
        also: Sequence[Callable[[datetime], Point]],
        stop: threading.Event,
    ) -> None:
        self._spool = spool
        self._backlog = backlog
        self._gate = gate
        self._node = node
        self._also = also
        self._stop = stop

    def run(self) -> None:
        """Thread body, until ``stop``."""
        turn = 0
        while not self._stop.wait(_TEND_SECONDS):
            self._gate.tend()
            if turn % _TENDS_A_REPORT == 0:
                self._report()
            turn += 1

    def _report(self) -> None:
        stamp = self._gate.stamp()
        if stamp.boot is None:
            self._backlog.put([report(to_datetime(stamp.time_ns)) for report in self._also])
        try:
            status = self._spool.status()
        except SpoolUnavailable:
            return  # the backlog has said so
        estimated = stamp.estimated or None
        made = pipeline_point(status, self._node, now=stamp.time_ns, estimated=estimated)
        self._backlog.put([made], boot=stamp.boot)


def pipeline_point(
    status: SpoolStatus, node: str, *, now: datetime | int, estimated: bool | None = None
) -> Point:
    """How the spool is doing, as a point."""
    return points.make(
        PIPELINE,
        {"node": node, "part": "spool"},
        {
            "depth": status.depth + status.undated,
            "oldest_age": status.oldest_age,
            "accepted": status.accepted,
            "rejected": status.rejected,
            "dropped": status.dropped,
            "estimated": estimated,
        },
        now,
    )
