"""The store in InfluxDB 2, by way of influxdb-client.

Synchronously: its batching mode gives up after a while and loses what it holds; here the spool waits.
"""

import gzip
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.dialect import Dialect
from influxdb_client.service.write_service import WriteService
from urllib3.response import HTTPResponse

from influx import cursor
from influx.assemble import assemble
from influx.buckets import bucket_name
from influx.connect import Role
from influx.influxdb import answers, flux, influxql, pages
from influx.influxdb import series as series_flux
from influx.influxdb.clients import Clients, TokenSource
from influx.influxdb.rerun import Rerun
from influx.points import FieldValue, Point, to_datetime
from influx.rfc3339 import exactly
from influx.rows_as_lines import Row, lines_of
from influx.schema import MEASUREMENTS
from influx.store import DensityQuery, Page, Rejected, RowQuery, Series, Tags
from influx.windows import Plan, Window
from influx.words import Measurement

PLAIN = Dialect(header=True, annotations=[])
MOST_OF_A_GRID = 50_000
"""Points that are fetched to be counted: those of 138 hours of a pet's being seen."""


class ServerStore:
    """A ``Store`` in the buckets of an InfluxDB 2 whose names begin with ``prefix``.

    Making it asks the server nothing. ``token`` is one for everything, or gives the token of a role: what
    is recorded is written and corrected by the WRITER, what is worked out from it by TASKS, and read by the
    READER. ``timeout`` is how long the server may take to answer or to go on answering; ``now`` gives
    seconds since 1970 and says which days are over.
    """

    tends_itself = True

    def __init__(
        self,
        url: str,
        org: str,
        token: TokenSource,
        *,
        prefix: str = "",
        timeout: timedelta = timedelta(seconds=10),
        now: Callable[[], float] = time.time,
    ) -> None:
        self._now = now
        self._url, self._org, self._prefix = url, org, prefix
        self._clients = Clients(url, org, token, timeout)

    def write(self, measurement: str, lines: Sequence[str]) -> None:
        """See ``Store.write``; where a line is refused, others may have been stored."""
        if measurement not in MEASUREMENTS:
            raise Rejected(f"there is no measurement {measurement!r:.60}")
        if not lines:
            return
        # Level 1 takes a tenth of the CPU of level 9 for lines that are a tenth of their size either way.
        body = gzip.compress("\n".join(lines).encode(), compresslevel=1)
        spec = MEASUREMENTS[measurement]
        bucket = bucket_name(spec.bucket, self._prefix)

        def post(client: InfluxDBClient) -> None:
            # The service below the client's write API: that one would take the lines apart again.
            service = WriteService(client.api_client)
            service.post_write(self._org, bucket, body, precision="ns", content_encoding="gzip")

        self._clients.ask(_keeper(spec), post)

    def series(self, plan: Plan) -> list[Series]:
        """See ``Store.series``."""
        if not plan.sources:
            return []

        def read(client: InfluxDBClient, *, strict: bool) -> list[Series]:
            asked = plan.in_parts() if strict else plan
            query = series_flux.series(asked, self._prefix, strict=strict)
            answer = client.query_api().query_raw(query, self._org, PLAIN)
            try:
                # Put together while the rest is on its way: most of the time goes by over there.
                return assemble(asked, series_flux.runs(asked, answers.text_blocks(answer)))
            finally:
                answer.close()

        return answers.or_strictly(
            lambda strict: self._clients.ask(Role.READER, partial(read, strict=strict))
        )

    def latest(
        self, measurement: str, window: Window, tags: Tags | None = None, fields: Collection[str] = ()
    ) -> list[Point]:
        """See ``Store.latest``."""
        spec = MEASUREMENTS[measurement]
        answer = self._query(flux.latest(spec, window, tags or {}, fields, self._prefix))
        newest: dict[tuple[str, ...], dict[str, FieldValue]] = {}
        times: dict[tuple[str, ...], int] = {}
        # Points that lack a tag, or have one more, are of the same series as others.
        for row in sorted(answers.read_json(answer), key=itemgetter("_time")):
            name, series = row["_field"], answers.tags_of(spec, row)
            value = answers.value_of(spec, name, row["_value"])
            if value is not None:
                newest.setdefault(series, {})[name] = value
                times[series] = row["_time"]
        return [
            Point(measurement, dict(zip(spec.tag_names, series, strict=True)), fields, times[series])
            for series, fields in sorted(newest.items())
        ]

    def rows(self, query: RowQuery) -> Page:
        """See ``Store.rows``."""
        return answers.or_strictly(lambda strict: self._rows(query, strict=strict))

    def density(self, query: DensityQuery) -> dict[tuple[int, int], int]:
        """See ``Store.density``; of more than ``MOST_OF_A_GRID`` points it counts the newest."""
        asked = RowQuery(query.measurement, query.window, query.tags, limit=MOST_OF_A_GRID)
        found: Counter[tuple[int, int]] = Counter()
        for point in self.rows(asked).points:
            if query.x in point.fields and query.y in point.fields:
                x, y = float(point.fields[query.x]), float(point.fields[query.y])
                column = min(query.columns - 1, max(0, int(x * query.columns)))
                found[column, min(query.rows - 1, max(0, int(y * query.rows)))] += 1
        return dict(found)

    def _rows(self, query: RowQuery, *, strict: bool) -> Page:
        spec = MEASUREMENTS[query.measurement]
        database = bucket_name(spec.bucket, self._prefix)

        def ask(question: pages.Question) -> Iterator[list[Row]]:
            return self._influxql(question.parameters(database))

        def find(query: RowQuery, part: pages.Part, most: int) -> Iterator[dict[str, Any]]:
            return answers.read_json(self._query(pages.places_with(query, self._prefix, part, most)))

        points = pages.newest_first(query, ask, None if strict else find)
        found = tuple(islice(points, query.limit + 1))
        page = found[: query.limit]
        more = len(found) > len(page)
        return Page(page, cursor.encode(cursor.place_of(spec, page[-1])) if more else None)

    def lines(self, measurement: str, window: Window) -> Iterator[list[str]]:
        """See ``Store.lines``."""
        spec = MEASUREMENTS[measurement]
        asked = {"db": bucket_name(spec.bucket, self._prefix), "q": influxql.every_point(spec, window)}
        for rows in self._influxql(asked):
            yield lines_of(spec, rows)

    def _influxql(self, asked: dict[str, str]) -> Iterator[list[Row]]:
        """The rows that InfluxQL answers, while they come in."""

        def begin(client: InfluxDBClient) -> HTTPResponse:
            found: HTTPResponse = client.api_client.call_api(
                "/query",
                "POST",
                header_params={
                    "Accept": "application/json",
                    "Content-Type": "application/x-www-form-urlencoded",
                },
                post_params=list((asked | influxql.STREAM).items()),
                _return_http_data_only=True,
                _preload_content=False,
            )
            return found

        answer = self._clients.ask(Role.READER, begin)
        try:
            with answers.asking(self._url):
                yield from influxql.rows(answer)
        finally:
            # The connection of an answer that was not read to its end is of no use to anybody else.
            answer.close()

    def delete(self, measurement: str, tags: Mapping[str, str], time_ns: int) -> None:
        """See ``Store.delete``."""
        spec = MEASUREMENTS[measurement]
        at = exactly(time_ns)
        bucket = bucket_name(spec.bucket, self._prefix)
        predicate = flux.predicate(spec, tags)
        # Both bounds are part of what is deleted, so that one moment is a stretch.
        self._clients.ask(
            _keeper(spec),
            lambda client: client.delete_api().delete(at, at, predicate, bucket, self._org),
        )

    def roll_up(self, measurement: str, window: Window, zone: ZoneInfo) -> None:
        """See ``Store.roll_up``; the server does it, by the programs of its tasks."""
        now = to_datetime(int(self._now()) * 1_000_000_000)
        self._rerun().roll_up(measurement, window, zone, now)

    def baseline(self, hour: datetime, zone: ZoneInfo) -> None:
        """See ``Store.baseline``; the server does it, by the program of its task."""
        self._rerun().baseline(hour, zone)

    def expire(self, now: float) -> dict[str, int]:  # noqa: ARG002 -- as the protocol has it
        """See ``Store.expire``; the server does it, by the retention of its buckets."""
        return {}

    def _rerun(self) -> Rerun:
        return Rerun(self._objects, self.delete, self._prefix)

    def _objects(self, query: str) -> Iterator[dict[str, Any]]:
        return answers.read_json(self._query(query, Role.TASKS))

    def close(self) -> None:
        """See ``Store.close``."""
        self._clients.close()

    def _query(self, query: str, role: Role = Role.READER) -> str:
        def read(client: InfluxDBClient) -> bytes:
            answer = client.query_api().query_raw(query, self._org, PLAIN)
            try:
                body: bytes = answer.data
            finally:
                answer.close()
            return body

        return self._clients.ask(role, read).decode()


def _keeper(spec: Measurement) -> Role:
    """Whose token writes and deletes points of ``spec``."""
    return Role.TASKS if spec.derived else Role.WRITER
