"""Refusals in the log: each once with its source, and not once a request of a flood."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

logger = logging.getLogger(__name__)

QUIET = 600.0
"""Seconds after which the same refusal of the same source is told again."""
_MOST = 1000
"""Refusals that are remembered; the oldest are forgotten first, and told again."""


class Refusals:
    """Tells each kind of refusal once a source, and how often it came since when it is told again."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._told: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def tell(self, source: str, reason: str, where: str) -> None:
        """Log that ``source`` was refused for ``reason`` at the address ``where``."""
        key, now = (source, reason), self._now()
        since, more = self._told.pop(key, (-QUIET, 0))
        if now - since < QUIET:
            self._told[key] = since, more + 1
            return
        self._told[key] = now, 0
        while len(self._told) > _MOST:
            self._told.popitem(last=False)
        again = f" ({more} times more since it was last told)" if more else ""
        logger.warning("refused %s at %s: %s%s", source, where, reason, again)
