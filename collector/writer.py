"""From the spool to the store, and what each answer of the store means.

Accepted: the entries leave the spool. Unavailable or unauthorized: they are kept and tried again, for as
long as it takes. Too large: sent in halves. Rejected: halved until the bad lines are found; those become
dead letters with the reason and their neighbours are delivered. Sending a line twice is harmless.

What lies in the future was stamped by a clock that ran ahead. InfluxDB would take it, and it would be the
newest point for years: it is refused here, once it is sure what time it is. Readings whose true time is
known go back into the spool with that time, before they leave it with the other.

What came too late for its rollups is reported through the same spool before it leaves it, so that no
kill and no power cut can take the report and leave the points.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import inf
from typing import Protocol

from tenacity import RetryCallState
from tenacity.wait import wait_random_exponential

from collector.drain import Drain
from collector.entry import Entry
from collector.redate import moved
from collector.retrying import retrying
from collector.spool import Spool
from influx.buckets import AHEAD, from_the_future, refusal
from influx.config import DEFAULT_RETENTION, Retention
from influx.halves import Refused, write_in_halves
from influx.late import LateReports, quarters
from influx.lines import later_than, time_of
from influx.schema import LATE_WINDOW, MEASUREMENTS
from influx.store import Rejected, Unauthorized, Unavailable

logger = logging.getLogger(__name__)

_GATHER_SECONDS, _GLANCE_SECONDS = 1.0, 0.1
"""While little waits, the store gets at once what came within a second: each request costs CPU."""
_LEASE_SECONDS = 1.0
"""How often a writer that does not drain looks whether the one that does is gone."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0
_LONGEST_RETRY_AFTER = 600.0


class Sink(Protocol):
    """The part of a ``Store`` that the writer needs."""

    def write(self, measurement: str, lines: Sequence[str]) -> None:
        """As ``influx.store.Store.write``."""
        ...


class Writer:
    """Drains ``spool`` of ``node`` into ``store`` until ``stop`` is set; several may run, one of them drains.

    ``now`` gives seconds since 1970, ``retention`` says which points are too old to be taken, ``back`` is
    called when the store is back after it was away.
    """

    def __init__(
        self,
        spool: Spool,
        store: Sink,
        *,
        node: str,
        now: Callable[[], float] = time.time,
        retention: Retention = DEFAULT_RETENTION,
        back: Callable[[], None] = lambda: None,
        stop: threading.Event,
    ) -> None:
        self._spool = spool
        self._store = store
        self._late = LateReports(node)
        self._now = now
        self._retention = retention
        self._back = back
        self._stop = stop
        self._down_since: float | None = None
        self._failures = 0
        self._backoff = wait_random_exponential(multiplier=_FIRST_PAUSE, max=_LONGEST_PAUSE, min=0.1)
        self._retrying = retrying(
            Unavailable, Unauthorized, wait=self._pause, stop=stop, note=self._note_down
        )

    def run(self) -> None:
        """Take the lease and drain until ``stop``; whatever goes wrong is logged and tried again."""
        while not self._stop.is_set():
            try:
                self._drain_until_stop()
            except (Unavailable, Unauthorized):
                continue  # stopped in the middle of an outage: what is in the spool stays there
            except Exception as error:  # noqa: BLE001 - what delivers must outlive any mistake
                self._stop.wait(self._note_failure(error))

    def drain_once(self) -> int:
        """Deliver one batch, without waiting for a store that is away, and say how many entries were settled.

        0 where nothing waits or another process drains. Raises ``Unavailable`` or ``Unauthorized``.
        """
        drain = self._spool.drain()
        if drain is None:
            return 0
        with drain:
            return len(self._deliver(drain, self._send))

    def _drain_until_stop(self) -> None:
        drain = self._spool.drain()
        if drain is None:
            self._stop.wait(_LEASE_SECONDS)
            return
        with drain:
            while not self._stop.is_set():
                seen, many = self._spool.added, drain.batch_lines // 2
                reports = self._late.made
                entries = self._deliver(drain, self._write_patiently)
                self._note_success()
                if self._late.made > reports:
                    continue  # what this writer itself had to say need not wait for others
                if sum(len(entry.lines) for entry in entries) < many:
                    # What comes after a silence goes out at once, what follows within a second together.
                    self._gather(seen + (many if entries else 1))

    def _gather(self, enough: int) -> None:
        """Wait a second, or until this process has added as many lines as make it ``enough``."""
        until = time.monotonic() + _GATHER_SECONDS
        while self._spool.added < enough and time.monotonic() < until:
            if self._stop.wait(_GLANCE_SECONDS):
                return

    def _deliver(self, drain: Drain, write: Callable[[str, Sequence[str]], None]) -> list[Entry]:
        entries = drain.batch()
        for measurement in dict.fromkeys(entry.measurement for entry in entries):
            group = [entry for entry in entries if entry.measurement == measurement]
            lines = _lines(group)
            refused = write_in_halves(write, measurement, lines)
            self._report_late(measurement, lines, refused)
            refused = self._put_right(measurement, refused)
            refused = [(line, self._in_our_words(measurement, line, reason)) for line, reason in refused]
            drain.reject(group, refused)
            if refused:
                logger.warning(
                    "%d of %d lines of %s were refused, for instance because: %s",
                    len(refused),
                    len(lines),
                    measurement,
                    refused[0][1],
                )
        return entries

    def _send(self, measurement: str, lines: Sequence[str]) -> None:
        """Write ``lines``, unless some are from the future: the clock may have been put right meanwhile.

        Raises what ``Store.write`` raises, and ``Rejected`` for those.
        """
        if reasons := self._from_the_future(measurement, lines):
            raise Rejected(reasons[0], count=len(reasons))
        self._store.write(measurement, lines)

    def _put_right(self, measurement: str, refused: Refused) -> Refused:
        """Add those of ``refused`` anew whose true time is known; returns the others."""
        error = self._spool.clock_error() if refused else None
        found = moved(measurement, [line for line, _reason in refused], error) if error else {}
        if found:
            self._spool.add_lines(measurement, list(found.values()))
            logger.info("%d points of %s from the future have their true time", len(found), measurement)
        return [(line, reason) for line, reason in refused if line not in found]

    def _from_the_future(self, measurement: str, lines: Sequence[str]) -> list[str]:
        """Why lines that lie further ahead than a clock may run are refused.

        Not late windows: whoever makes rollups settles them, whatever time they have.
        """
        if measurement == LATE_WINDOW.name:
            return []
        end_ns = int((self._now() + AHEAD.total_seconds()) * 1e9)
        ahead = [time_ns for _, time_ns in later_than(lines, end_ns)]
        if not ahead or (now := self._spool.surely_future()) == inf:
            return []
        return [reason for time_ns in ahead if (reason := from_the_future(measurement, time_ns, now))]

    def _in_our_words(self, measurement: str, line: str, reason: str) -> str:
        """Why the store refused ``line``: where its time alone is enough, in one sentence instead."""
        time_ns = time_of(line)
        if measurement not in MEASUREMENTS or time_ns is None:
            return reason
        return refusal(measurement, time_ns, self._now(), self._retention) or reason

    def _report_late(self, measurement: str, lines: Sequence[str], refused: Refused) -> None:
        if refused:
            bad = {line for line, _reason in refused}
            lines = [line for line in lines if line not in bad]
        late = self._late.report(measurement, quarters(lines), datetime.fromtimestamp(self._now(), UTC))
        if late:
            self._spool.add(late)

    def _write_patiently(self, measurement: str, lines: Sequence[str]) -> None:
        self._retrying(self._send, measurement, lines)
        if self._down_since is not None:
            logger.info("The store is back after %.0f s", self._now() - self._down_since)
            self._down_since = None
            self._back()

    def _pause(self, attempt: RetryCallState) -> float:
        error = attempt.outcome.exception() if attempt.outcome else None
        asked = error.retry_after if isinstance(error, Unavailable) else None
        return max(self._backoff(attempt), min(asked or 0.0, _LONGEST_RETRY_AFTER))

    def _note_down(self, attempt: RetryCallState) -> None:
        if self._down_since is None and attempt.outcome is not None:
            self._down_since = self._now()
            reason = attempt.outcome.exception()
            logger.warning("The store cannot be written, points wait in the spool: %s", reason)

    def _note_failure(self, error: Exception) -> float:
        """Log the first of a row of failures, and say how long to wait."""
        self._failures += 1
        if self._failures == 1:
            logger.error("The writer failed and tries again", exc_info=error)
        return min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << min(self._failures, 10)))

    def _note_success(self) -> None:
        if self._failures:
            failures = "a failure" if self._failures == 1 else f"{self._failures} failures"
            logger.info("The writer works again after %s", failures)
            self._failures = 0


def _lines(entries: Sequence[Entry]) -> list[str]:
    return [line for entry in entries for line in entry.lines]
