"""Hutch's data source at a Grafana: what it should be, and what it answers there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grafana.house import DATASOURCE
from hutch.grafana.client import GrafanaRefused
from hutch.grafana.server import Server, said, told_by

UID = DATASOURCE["uid"]
PATH = f"/datasources/uid/{UID}"
MARK = "hutchToken"
"""Where its settings say which token it has, by ``mark_of``: Grafana tells nobody the token itself."""


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


@dataclass(frozen=True, slots=True)
class Answered:
    """The rows that a query gave, or why it gave none."""

    rows: tuple[tuple[Any, ...], ...] = ()
    error: str = ""


def answers(server: Server, queries: Mapping[str, str]) -> dict[str, Answered]:
    """What each of ``queries`` gives over the last day, through Grafana, as its panels ask.

    Raises as ``Server`` does, but not for a query that InfluxDB refuses.
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
    try:
        told = server.send("POST", "/ds/query", {"from": "now-1d", "to": "now", "queries": asked})
    except GrafanaRefused as refused:
        # Where one query is wrong, all are answered with that status.
        told = told_by(refused)
        if "results" not in told:
            raise
    return {reference: _answered(told["results"].get(reference, {})) for reference in queries}


def _answered(result: Mapping[str, Any]) -> Answered:
    if result.get("error"):
        return Answered(error=str(result["error"]))
    frames = result.get("frames", ())
    return Answered(tuple(row for frame in frames for row in zip(*frame["data"]["values"], strict=True)))
