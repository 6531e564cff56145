"""How Hutch's dashboards look, once: their frame, the links between them, and where panels stand.

Classic JSON, schema version 1, as plain dictionaries: file provisioning refuses version 2.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grafana.home import Home
from grafana.panels import WIDTH, Json, Panel

DATASOURCE = {"type": "influxdb", "uid": "hutch-influxdb"}
GRAFANA = {"type": "grafana", "uid": "-- Grafana --"}
"""Grafana's own data source: annotations."""
TAG = "hutch"
_SCHEMA = 42
_MOST_CLIPS = 300
"""Of a graph, the newest first; a page with 1,000 took 4.3 s to draw instead of 1.5."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard; ``name`` is its file's and the ending of its uid.

    ``clips``: they are on its graphs at once, not only after a click on the switch at the top. Many of them
    over a long window hide what bars say.
    """

    name: str
    title: str
    description: str
    panels: Sequence[Panel]
    variables: Sequence[Json] = ()
    last: str = "24h"
    refresh: str = "1m"
    clips: bool = False

    @property
    def uid(self) -> str:
        """Stable: links and bookmarks are made of it."""
        return f"hutch-{self.name}"


def rendered(dashboard: Dashboard, home: Home) -> Json:
    """``dashboard`` as Grafana's file provisioning takes it."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.description,
        "tags": [TAG],
        "schemaVersion": _SCHEMA,
        "editable": False,
        "graphTooltip": 1,
        "fiscalYearStartMonth": 0,
        "timezone": home.zone.key if home.zone.key != "UTC" else "browser",
        "weekStart": "monday",
        "time": {"from": f"now-{dashboard.last}", "to": "now"},
        "timepicker": {"refresh_intervals": ["10s", "30s", "1m", "5m", "15m", "1h"]},
        "refresh": dashboard.refresh,
        "links": [_LINKS],
        "annotations": {"list": [{**_CLIPS, "enable": dashboard.clips}]},
        "templating": {"list": list(dashboard.variables)},
        "panels": list(_placed(dashboard.panels)),
    }


_LINKS: Json = {
    "type": "dashboards",
    "title": "Dashboards",
    "tags": [TAG],
    "asDropdown": True,
    "keepTime": True,
    "includeVars": True,
    "targetBlank": False,
    "icon": "external link",
    "tooltip": "",
    "url": "",
}
_CLIPS: Json = {
    "name": "Clips",
    "datasource": GRAFANA,
    "hide": False,
    "iconColor": "purple",
    "target": {"type": "tags", "tags": ["clip"], "matchAny": False, "limit": _MOST_CLIPS},
}


def _placed(panels: Iterable[Panel]) -> Iterable[Json]:
    """Panels from left to right, a new line where one does not fit; ids in that order."""
    left = right = top = bottom = lowest = 0
    for number, panel in enumerate(panels, 1):
        if panel.under:
            x, y = left, bottom
        else:
            if right + panel.width > WIDTH:
                right, top = 0, lowest
            x, y = right, top
        left, right, bottom = x, x + panel.width, y + panel.height
        lowest = max(lowest, bottom)
        yield _panel(panel, number) | {"gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height}}


def _panel(panel: Panel, number: int) -> Json:
    told: Json = {"id": number, "type": panel.kind, "title": panel.title, "description": panel.description}
    if panel.queries:
        told |= {
            "datasource": DATASOURCE,
            "targets": [
                {"refId": reference, "datasource": DATASOURCE, "query": query}
                for reference, query in panel.queries.items()
            ],
            "fieldConfig": {
                "defaults": {"unit": panel.unit, **panel.defaults, "custom": dict(panel.draws)},
                "overrides": list(panel.overrides),
            },
        }
    if panel.least_step:
        told["interval"] = panel.least_step
    if panel.options:
        told["options"] = dict(panel.options)
    return {**told, **panel.more}
