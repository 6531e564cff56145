"""What Grafana makes of a query before it asks InfluxDB, and how it is answered.

As in its ``pkg/tsdb/influxdb/flux/macros.go``, where any ``x.bucket`` is replaced too, and in its variables'
formats; the step is a panel's of a thousand pixels.
"""

import csv
import io
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from influx.rfc3339 import told
from influx.windows import Window

PIXELS = 1000
_MACRO = re.compile(r"(?m)([a-zA-Z]+)\.([a-zA-Z]+)")
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")
_ROUND = (
    "10s",
    "20s",
    "30s",
    "1m",
    "2m",
    "5m",
    "10m",
    "15m",
    "20m",
    "30m",
    "1h",
    "2h",
    "3h",
    "6h",
    "12h",
    "24h",
)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_ALL = ".*"
_SPECIAL = re.compile(r"[\\^$*+?.()|\[\]{}/]")
_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""No authorities, whose file takes longer to read than InfluxDB to answer: it is asked without TLS."""
Chosen = Mapping[str, str | tuple[str, ...]]
"""The value of each variable, or the several that are chosen."""


def seconds(text: str) -> int:
    """A length like ``15m``."""
    return int(text[:-1]) * _SECONDS[text[-1]]


def step(length: timedelta, least: str = "10s") -> timedelta:
    """The step of a panel over a window of that length: the first round one that is long enough."""
    wanted = max(length.total_seconds() / PIXELS, seconds(least))
    for text in _ROUND:
        if seconds(text) >= wanted:
            return timedelta(seconds=seconds(text))
    return timedelta(days=7)


def filled(query: str, window: Window, every: timedelta, chosen: Chosen) -> str:
    """``query`` with the macros and variables put in; raises ``KeyError`` for a variable nobody has."""

    def macro(match: re.Match[str]) -> str:
        match match[2]:
            case "timeRangeStart":
                return told(window.start)
            case "timeRangeStop":
                return told(window.stop)
            case "windowPeriod":
                return f"{every // timedelta(seconds=1)}s"
            case "bucket" | "defaultBucket" | "organization":
                return '"replaced by Grafana"'
        return match[0]

    return _MACRO.sub(macro, with_variables(query, chosen))


def with_variables(query: str, chosen: Chosen) -> str:
    """``query`` as browsers send it: with the variables put in, which raises ``KeyError`` for another."""

    def variable(match: re.Match[str]) -> str:
        value = chosen[match[1] or match[3]]
        if isinstance(value, str) and (value == _ALL or match[2] == "raw"):
            return value
        if match[2] != "regex":
            raise KeyError(f"no query has a variable like {match[0]}")
        each = [value] if isinstance(value, str) else value
        escaped = [_SPECIAL.sub(lambda special: f"\\{special[0]}", one) for one in each]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"

    return _VARIABLE.sub(variable, query)


@dataclass(frozen=True)
class Asker:
    """Asks one InfluxDB as Grafana does."""

    url: str
    org: str
    token: str

    def answer(
        self,
        query: str,
        window: Window,
        chosen: Chosen,
        least: str = "",
        every: timedelta | None = None,
    ) -> str:
        """The answer as CSV, whole."""
        text = filled(query, window, every or step(window.length, least or "10s"), chosen)
        answer = httpx.post(
            f"{self.url}/api/v2/query",
            params={"org": self.org},
            headers={"Authorization": f"Token {self.token}", "Accept": "application/csv"},
            json={"query": text, "dialect": {"annotations": [], "header": True}},
            timeout=60,
            verify=_PLAIN,
        )
        assert answer.status_code == httpx.codes.OK, f"{answer.text}\n{text}"
        return answer.text

    def rows(
        self,
        query: str,
        window: Window,
        chosen: Chosen,
        least: str = "",
        every: timedelta | None = None,
    ) -> list[dict[str, str]]:
        """The rows of every table, by column."""
        found: list[dict[str, str]] = []
        answer = self.answer(query, window, chosen, least, every)
        for table in re.split(r"\r?\n\r?\n", answer.strip("\r\n")):
            rows = list(csv.DictReader(io.StringIO(table)))
            assert not any("error" in row for row in rows), f"{rows}\n{query}"
            found += rows
        return found


def moment(text: str) -> datetime:
    """A time of an answer."""
    return datetime.fromisoformat(text)


def targets(board: Mapping[str, Any]) -> list[tuple[dict[str, Any], str, str]]:
    """Every panel of a dashboard's JSON with a reference of it and the query."""
    return [
        (panel, target["refId"], target["query"])
        for panel in board["panels"]
        for target in panel.get("targets", ())
    ]
