"""Makes an InfluxDB as the configuration wants it: again and again, changing nothing twice."""

import os
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from zoneinfo import ZoneInfo

from influx.config import InfluxSection
from influx.influxdb.administration import Server, administering, org_id, require_url
from influx.influxdb.answers import asking
from influx.influxdb.buckets import bucket_differences, check_retention, organisation_differences
from influx.influxdb.difference import Difference
from influx.influxdb.first_setup import setup_differences
from influx.influxdb.tasks import owner_differences, task_differences
from influx.influxdb.tokens import file_differences, token_differences
from influx.secret_files import alone
from influx.store import Unauthorized


def apply(
    config: InfluxSection,
    *,
    zone: ZoneInfo = ZoneInfo("UTC"),  # noqa: B008 - it cannot be changed
    check: bool = False,
    shrink: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> list[Difference]:
    """Bring the server of ``config`` in order; returns what was or still is different.

    First it is set up, if nobody has yet. Then it has the organisation, the buckets, a token a role (where
    we hold the operator's) and the tasks, whose days are those of ``zone``. ``check`` only looks; ``shrink``
    allows a retention to become shorter. Raises ``TokenMissing``, ``ValueError`` where no server is
    configured, ``Rejected`` for a retention that InfluxDB does not know, ``OSError`` where a token cannot
    be kept, and ``Unavailable`` or ``Unauthorized`` as a ``Store`` does.
    """
    require_url(config)
    check_retention(config.retention)
    work = _Work(config.url, check)
    if not work.settle(setup_differences(config, environment)):
        return work.done
    waiting = alone(config.token_dir) if config.token_dir.is_dir() else nullcontext()
    with waiting, administering(config, environment) as server:
        if not work.settle(organisation_differences(server)):
            return work.done
        server = Server(config, server.client, org_id(server.client, config.org))
        work.settle(bucket_differences(server, shrink=shrink))
        work.settle(file_differences(server))
        if server.operated:
            work.settle(token_differences(server))
            work.settle(owner_differences(server))
        work.settle(task_differences(server, zone))
    return work.done


class _Work:
    """Mends one difference after the other, or only gathers them."""

    def __init__(self, url: str, check: bool) -> None:
        self._url, self._check = url, check
        self.done: list[Difference] = []

    def settle(self, found: Iterable[Difference]) -> bool:
        """Whether nothing differs (any more)."""
        before = len(self.done)
        with asking(self._url):
            for difference in found:
                self.done.append(difference)
                if difference.mend is not None and not self._check:
                    self._mend(difference)
        return all(difference.mended for difference in self.done[before:])

    def _mend(self, difference: Difference) -> None:
        assert difference.mend is not None
        try:
            with asking(self._url):
                difference.mend()
        except Unauthorized as refused:
            difference.found += f", and the token may not change that ({refused})"
        else:
            difference.mended = True
