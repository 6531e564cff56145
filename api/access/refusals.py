"""Refusals in the log: each once with its source, and not once a request of a flood, however it varies."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import quote

from starlette.types import Scope

from api.access.credentials import PATH_TOKEN, has_path_token, take_path_token
from api.access.source import network

logger = logging.getLogger(__name__)

QUIET = 600.0
"""Seconds after which the same refusal of the same source is told again."""
KINDS = 20
"""Reasons that are told of one source meanwhile: who makes up a name or token for each request has no end of
them, and would fill the disk.
"""
_MOST = 1000
"""Refusals that are remembered; the oldest are forgotten first, and told again."""


class Refusals:
    """Tells each kind of refusal once a source, and how often it came since when it is told again."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._told: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()
        self._kinds: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def tell(self, source: str, reason: str, where: str) -> None:
        """Log that ``source`` was refused for ``reason`` at the address ``where``."""
        home, now = network(source), self._now()
        key = (home, reason)
        since, more = self._told.pop(key, (-QUIET, 0))
        if now - since < QUIET:
            self._told[key] = since, more + 1
            return
        kinds = self._another(home, now)
        if kinds > KINDS:
            if kinds == KINDS + 1:
                logger.warning("refused %s for %s reasons; more are not told for a while", source, KINDS)
            return
        self._told[key] = now, 0
        while len(self._told) > _MOST:
            self._told.popitem(last=False)
        again = f" ({more} times more since it was last told)" if more else ""
        logger.warning("refused %s at %s: %s%s", source, where, reason, again)

    def _another(self, home: str, now: float) -> int:
        """How many reasons there were of ``home`` lately, with this one."""
        since, kinds = self._kinds.pop(home, (now, 0))
        if now - since >= QUIET:
            since, kinds = now, 0
        self._kinds[home] = since, kinds + 1
        while len(self._kinds) > _MOST:
            self._kinds.popitem(last=False)
        return kinds + 1


def where(scope: Scope) -> str:
    """The address as the log may hold it: no query, no token of the path, nothing that breaks a line."""
    if PATH_TOKEN not in scope and has_path_token(scope):
        scope = take_path_token(scope)
    prefix = "/d/…" if PATH_TOKEN in scope else ""
    return f"{scope.get('method', 'WebSocket')} {prefix}{quote(scope['path'][:80])}"
