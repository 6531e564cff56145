"""What time it is for who looks for what is wrong, on a machine whose clock may not be right."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from collector.clock import Clock
from hutch.alerting.book import Book

logger = logging.getLogger(__name__)

_LONG_SECONDS = 900.0
"""A machine that has started learns the time sooner from its network, if ever."""

_TROUBLE = "nobody knows what time it is"


class Present:
    """Tells the time, or None while nobody knows; that this lasts is logged, and written into ``book``.

    Who knew it once goes on with it: ``clock`` may be right no more, as after some hours without a time
    server, but how long ago that was it knows. ``found`` is asked where it was never right.
    """

    def __init__(self, clock: Clock, found: Callable[[], float | None], book: Book) -> None:
        self._clock = clock
        self._found = found
        self._book = book
        self._right: tuple[float, float] | None = None
        self._unknown: float | None = None
        self._told = False

    def __call__(self) -> datetime | None:
        """The time in UTC. Raises what the store raises."""
        elapsed = self._clock.elapsed_ns() / 1e9
        if self._clock.is_right():
            self._right = (self._clock.now(), elapsed)
        if self._right is not None:
            moment, then = self._right
            present: float | None = moment + elapsed - then
        else:
            present = self._found()
        if present is None:
            self._lacks(elapsed)
            return None
        self._has()
        return datetime.fromtimestamp(present, UTC)

    def _lacks(self, elapsed: float) -> None:
        self._unknown = elapsed if self._unknown is None else self._unknown
        if self._told or elapsed - self._unknown < _LONG_SECONDS:
            return
        self._told = True
        logger.warning("nobody looks for what is wrong, for %s; let a time server set the clock", _TROUBLE)
        with self._book.changed() as kept:
            kept.trouble = _TROUBLE

    def _has(self) -> None:
        self._unknown = None
        if self._told:
            logger.info("it is known again what time it is")
            with self._book.changed() as kept:
                kept.trouble = ""
        self._told = False
