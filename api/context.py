"""What every endpoint works with: the store, the spool, the clips and what the home is called."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request

from api.config import ApiSection
from api.ingest.showing import Showing
from collector.config import SensorSection
from collector.spool import Spool
from influx.config import Location, Retention
from influx.store import Store
from influx.windows import Horizon
from vision.clips import Clips
from vision.config import CameraSection


@dataclass(frozen=True)
class Context:
    """Everything an endpoint may touch; made once by whoever starts the app, and by the tests."""

    config: ApiSection
    node: str
    data_dir: Path
    timezone: ZoneInfo
    retention: Retention
    locations: tuple[Location, ...]
    sensors: tuple[SensorSection, ...]
    cameras: tuple[CameraSection, ...]
    store: Store
    spool: Spool
    clips: Clips
    now: Callable[[], datetime]
    showing: Showing | None = None
    """Shows what was just accepted; the app's own, and closed by who serves it."""

    @property
    def default_location(self) -> str:
        """The first location of the configuration, or ``home`` where none is configured."""
        return self.locations[0].name if self.locations else "home"

    @property
    def horizon(self) -> Horizon:
        """What a plan must know: the time, how long buckets keep, and the home's zone."""
        return Horizon(self.now(), self.retention, self.timezone)


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


Ctx = Annotated[Context, Depends(_context)]
"""An endpoint's parameter of this type is the app's context."""
