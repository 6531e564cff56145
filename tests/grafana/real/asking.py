"""Asks Grafana for what panels show, as its pages do: POST /api/ds/query with every query of a panel."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from grafana.house import DATASOURCE
from influx.points import to_ns
from influx.windows import Window
from tests.grafana.as_grafana import PIXELS, Chosen, step, with_variables

LABEL = re.compile(r"\$\{__field\.labels\.(\w+)\}")


@dataclass(frozen=True)
class Frame:
    """One table of an answer: the columns with their values, and the labels of the numbers."""

    columns: Mapping[str, list[Any]]
    labels: Mapping[str, str]

    @property
    def length(self) -> int:
        """How many rows it has."""
        return max((len(values) for values in self.columns.values()), default=0)


def body(queries: Mapping[str, str], window: Window, chosen: Chosen, least: str = "") -> dict[str, Any]:
    """What a page posts for ``queries`` by their references."""
    every = step(window.length, least or "10s")
    return {
        "from": str(to_ns(window.start) // 10**6),
        "to": str(to_ns(window.stop) // 10**6),
        "queries": [
            {
                "refId": reference,
                "datasource": DATASOURCE,
                "query": with_variables(query, chosen),
                "intervalMs": every // timedelta(milliseconds=1),
                "maxDataPoints": PIXELS,
            }
            for reference, query in queries.items()
        ],
    }


def answers(
    client: httpx.Client, queries: Mapping[str, str], window: Window, chosen: Chosen, least: str = ""
) -> dict[str, list[Frame]]:
    """The frames of each query; fails where Grafana tells an error of one."""
    answer = client.post("/api/ds/query", json=body(queries, window, chosen, least))
    assert answer.status_code == httpx.codes.OK, answer.text
    results: dict[str, Any] = answer.json()["results"]
    assert results.keys() == queries.keys()
    for reference, result in results.items():
        assert "error" not in result, f"{reference}: {result['error']}\n{queries[reference]}"
    return {reference: list(_frames(result)) for reference, result in results.items()}


def _frames(result: Mapping[str, Any]) -> Iterator[Frame]:
    for frame in result.get("frames", ()):
        fields = frame["schema"].get("fields", ())
        labels: dict[str, str] = {}
        for field in fields:
            labels |= field.get("labels", {})
        names = [field["name"] for field in fields]
        yield Frame(dict(zip(names, frame["data"]["values"], strict=True)), labels)
