"""Keeps the clips on the graphs of a running Grafana; the body of a thread beside the alarms."""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from tenacity import RetryCallState
from tenacity.wait import wait_random_exponential

from collector.retrying import retrying
from hutch.config import Config, ConfigError
from hutch.grafana.annotations import Site
from hutch.grafana.client import GrafanaAway, GrafanaError, connect
from hutch.grafana.graphs import Graphs
from hutch.grafana.looks import RECENT, Looks
from hutch.grafana.reconcile import Reconciler
from hutch.home import drawing_clips
from influx.store import Store, StoreError

logger = logging.getLogger(__name__)

_EVERY_SECONDS = 2.0
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0
_CLOSING = timedelta(minutes=5)
"""So long after an event's end its clip may need until it is stored, where nothing is wrong."""


class Keeping:
    """Looks every 2 s until ``stop``, and with longer and longer pauses while Grafana or the store is away.

    Tokens are in ``environment`` or in files, and read anew where Grafana refuses the one it got.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        stop: threading.Event,
        environment: Mapping[str, str] = os.environ,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        longest: float = _LONGEST_PAUSE,
    ) -> None:
        self._store = store
        self._config = config
        self._stop = stop
        self._environment = environment
        self._now = now
        self._wait = wait_random_exponential(multiplier=_FIRST_PAUSE, max=longest, min=min(1.0, longest))
        self._looks: Looks | None = None
        self._down: Exception | None = None

    def run(self) -> None:
        """Look until ``stop``; nothing that goes wrong ends it."""
        trying = retrying(
            GrafanaError, StoreError, ConfigError, wait=self._wait, stop=self._stop, note=self._failed
        )
        while not self._stop.is_set():
            try:
                trying(self._look)
            except (GrafanaError, StoreError, ConfigError):
                return  # told to stop; the next start looks at everything
            except Exception:
                logger.exception("clips could not be put on the graphs; it is tried again")
                self._looks = None
            self._stop.wait(_EVERY_SECONDS)

    def _look(self) -> None:
        if self._looks is None:
            reconciler = reconciler_of(self._config, self._store, self._environment, self._stop)
            recent = max(RECENT, self._config.vision.recorder.longest + _CLOSING)
            self._looks = Looks(self._store, reconciler, self._now, recent=recent)
        self._looks.look()
        if self._down is not None:
            self._down = None
            logger.info("clips are put on the graphs of Grafana again")

    def _failed(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        if not (isinstance(error, StoreError) or (isinstance(error, GrafanaAway) and error.answered)):
            # Whatever was on the graphs may be gone, and the token may be another by now.
            self._looks = None
        if type(error) is not type(self._down):
            logger.warning("clips cannot be put on the graphs of Grafana and wait: %s", error)
            self._down = error if isinstance(error, Exception) else None


def reconciler_of(
    config: Config, store: Store, environment: Mapping[str, str], stop: threading.Event | None = None
) -> Reconciler:
    """What brings the graphs of the Grafana of ``config`` in line with ``store``, until ``stop``.

    Raises ``ConfigError`` where there is no token.
    """
    graphs = Graphs(config.grafana, connect(config.grafana, environment))
    turn = partial(drawing_clips, config.data_dir)
    return Reconciler(store, graphs, Site(config.pages_url, config.labels), turn, stop)
