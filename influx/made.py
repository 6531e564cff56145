"""Until when rollups have been made: a small file that outlives a restart."""

import json
import logging
from datetime import datetime
from pathlib import Path

from influx.disk import write_whole

logger = logging.getLogger(__name__)


class Made:
    """The moments until which everything of a name was made; kept in ``path``, or in memory without one.

    A file that is missing or cannot be read knows nothing, and one that cannot be written is logged once:
    what is made twice comes out the same.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._failed = False
        self._until: dict[str, datetime] = {}
        self._kept: dict[str, datetime] = {}
        if path is not None:
            self._until = _read(path)
            self._kept = dict(self._until)

    def until(self, name: str) -> datetime | None:
        """Until when everything of ``name`` was made; None where nobody knows."""
        return self._until.get(name)

    def put(self, name: str, until: datetime) -> None:
        """Note that everything of ``name`` was made until then."""
        self._until[name] = until

    def keep(self) -> None:
        """Write what has changed since the last time."""
        if self._path is None or self._until == self._kept:
            return
        text = json.dumps({name: until.isoformat() for name, until in sorted(self._until.items())})
        try:
            write_whole(self._path, f"{text}\n".encode())
        except OSError as error:
            if not self._failed:
                logger.warning("%s cannot be written: %s", self._path, error)
            self._failed = True
            return
        self._failed = False
        self._kept = dict(self._until)


def _read(path: Path) -> dict[str, datetime]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        moments = {str(name): datetime.fromisoformat(until) for name, until in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        logger.warning("%s tells nothing and is made anew: %s", path, error)
        return {}
    return {name: until for name, until in moments.items() if until.tzinfo is not None}
