"""What is told while a store is away: that it is. Where it stands, and why, is for the log alone."""

import logging
from datetime import datetime, timedelta

from influx.store import StoreError, Unauthorized, Unavailable
from vision.clips import ClipsUnavailable

logger = logging.getLogger(__name__)

OVER = timedelta(minutes=5)
"""Trouble that nobody met for so long was over: the next is told again."""

Away = StoreError | ClipsUnavailable


class Troubles:
    """Tells the log what keeps stores from answering: once when it comes up, not again while it lasts."""

    def __init__(self) -> None:
        self._met: dict[type[Away], tuple[str, datetime]] = {}

    def meet(self, error: Away, now: datetime) -> str:
        """The sentence for whoever asked, which names no address; the log has the whole ``error``."""
        what, why = (
            ("the store of clips" if isinstance(error, ClipsUnavailable) else "the database"),
            str(error),
        )
        before = self._met.get(type(error))
        self._met[type(error)] = why, now
        if before is None or before[0] != why or now - before[1] >= OVER:
            logger.warning("%s does not answer the API: %s", what, why)
        if isinstance(error, Unauthorized):
            return f"{what.capitalize()} refuses Hutch's token; Hutch's log says which, and what to do."
        how = "cannot be reached" if isinstance(error, Unavailable | ClipsUnavailable) else "gives no answer"
        return f"{what.capitalize()} {how}; Hutch's log says why."
