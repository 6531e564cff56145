"""Hutch's data source at a Grafana: what it should be, and what it answers there."""

from collections.abc import Iterable, Mapping
from typing import Any

from grafana.home import Home
from grafana.house import DATASOURCE
from grafana.panels import Json
from hutch.grafana.client import GrafanaRefused
from hutch.grafana.server import Server, said
from influx.buckets import bucket_name
from influx.schema import ENVIRONMENT

UID = DATASOURCE["uid"]
PATH = f"/datasources/uid/{UID}"
MARK = "hutchToken"
"""Where its settings say which token it has, by ``mark_of``: Grafana tells nobody the token itself."""
_DAY_MS = 24 * 60 * 60 * 1000


def settings(home: Home, organisation: str) -> Json:
    """What its settings say that everybody may see, as in ``grafana.build``."""
    return {
        "version": "Flux",
        "organization": organisation,
        "defaultBucket": bucket_name(ENVIRONMENT.bucket, home.prefix),
        "timeInterval": "10s",
    }


def unlike(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    """The settings of ``wanted`` that are others ``there``, each with both values."""
    found = []
    for name, value in wanted.items():
        if isinstance(value, Mapping):
            found += unlike(value, there.get(name) or {})
        elif there.get(name) != value:
            found.append(f"{name} is {there.get(name)!r}, not {value!r}")
    return found


def health(server: Server) -> tuple[bool, str]:
    """Whether it reaches its InfluxDB, and what Grafana says of that; raises as ``Server`` does."""
    try:
        return True, str(server.ask(f"{PATH}/health").get("message", ""))
    except GrafanaRefused as refused:
        if refused.status != 400:
            raise
        return False, said(refused)


def answer(server: Server, queries: Mapping[str, str]) -> dict[str, list[list[Any]]]:
    """The rows that each of ``queries`` gives over the last day, through Grafana, as its panels ask.

    Raises as ``Server`` does.
    """
    asked = [
        {
            "refId": reference,
            "datasource": DATASOURCE,
            "query": query,
            "intervalMs": 60_000,
            "maxDataPoints": 1000,
        }
        for reference, query in queries.items()
    ]
    told = server.send("POST", "/ds/query", {"from": "now-1d", "to": "now", "queries": asked})
    return {reference: list(_rows(told["results"][reference].get("frames", ()))) for reference in queries}


def _rows(frames: Iterable[Any]) -> Iterable[list[Any]]:
    for frame in frames:
        yield from map(list, zip(*frame["data"]["values"], strict=True))
