"""The clock gate: readings taken while the clock is not right wait in the spool and are stamped later.

Docs: docs/decisions/011-clock-gate.md.
"""

import logging
from datetime import timedelta
from enum import Enum

from collector.boots import Boot
from collector.clock import Stamp
from collector.spool import Spool, SpoolError
from influx.buckets import AHEAD
from influx.points import length_ns

logger = logging.getLogger(__name__)

_NOTE_SECONDS = 60
_NANOSECONDS = 1_000_000_000
_FAR_NS = length_ns(AHEAD)
"""More than a clock drifts in weeks without a time server; a point may lie as much ahead."""


class _State(Enum):
    WAITING, GUESSED, RIGHT = range(3)


class Gate:
    """Stamps readings by the clock of ``spool``; who has one calls ``tend`` about once a second.

    A clock that was right once is right until the next boot, but where it is set by hand after a time server
    kept it: then readings go on from what the server told last, until it is asked again. One that is not
    within ``patience`` of the machine's start gets no more of it: readings are stamped as best can be, and
    marked as estimated.
    Making a gate raises ``SpoolUnavailable`` where the spool cannot be read.
    """

    def __init__(self, spool: Spool, patience: timedelta) -> None:
        self._spool = spool
        self._clock = spool.clock
        self._patience_ns = patience // timedelta(microseconds=1) * 1_000
        self._state = _State.WAITING
        self._start_ns = 0
        self._kept_ns: int | None = None
        """The start of the boot by the clock when a time server was last seen to keep it."""
        self._noted: int | None = None
        self._settled = False
        self._known(spool.known_boot())
        if self._state is _State.WAITING and not self._clock.is_right():
            logger.warning("The clock is not known to be right; readings wait in the spool until it is")
        self.tend()

    def stamp(self) -> Stamp:
        """The moment now; never waits for anything."""
        match self._state:
            case _State.RIGHT:
                return Stamp(self._kept() + self._clock.elapsed_ns())
            case _State.GUESSED:
                return Stamp(self._start_ns + self._clock.elapsed_ns(), estimated=True)
        return Stamp(self._clock.elapsed_ns(), boot=self._clock.boot)

    def tend(self) -> None:
        """See whether the clock is right by now, and let readings go that waited for it."""
        if self._state is not _State.RIGHT and self._clock.is_right():
            self._state, self._settled = _State.RIGHT, False
        shown = self._shown()  # before it is asked whether that is right: it may be set in between
        if self._clock.is_synchronised():
            self._kept_ns = shown
        over = self._clock.elapsed_ns() >= self._patience_ns
        if self._state is _State.RIGHT or over:
            try:
                self._settle()
            except SpoolError:
                return  # the backlog has said so; it is tried again

    def _shown(self) -> int:
        """When this boot began, by what the clock shows, in ns since 1970."""
        return int(self._clock.now() * _NANOSECONDS) - self._clock.elapsed_ns()

    def _kept(self) -> int:
        """The same by a clock that is right, whatever somebody set it to."""
        shown, kept = self._shown(), self._kept_ns
        if kept is None or abs(shown - kept) <= _FAR_NS or self._clock.is_synchronised():
            return shown
        return kept

    def _known(self, boot: Boot | None) -> None:
        """Go on as this boot went on before this process."""
        if boot is not None:
            self._state = _State.RIGHT if boot.known else _State.GUESSED
            self._start_ns = boot.start_ns

    def _settle(self) -> None:
        elapsed = self._clock.elapsed_ns()
        if self._settled and self._noted is not None and elapsed - self._noted < _NOTE_SECONDS * _NANOSECONDS:
            return
        waiting = 0 if self._settled else self._spool.status().undated
        boot = self._spool.place(right=self._state is _State.RIGHT)
        while self._spool.date():
            pass
        self._noted = elapsed
        if self._state is _State.WAITING:
            self._state = _State.GUESSED
            logger.warning("Nobody has set the clock; readings get estimated times, %d so far", waiting)
        elif waiting and self._state is _State.RIGHT:
            logger.info("The clock is right; %d readings that waited for it have their time", waiting)
        self._start_ns, self._settled = boot.start_ns, True
