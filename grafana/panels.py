"""Kinds of panels, and how each draws."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

WIDTH = 24
"""Columns of Grafana's grid."""
FEW = {"maxDataPoints": 60}
"""So many bars at most, whatever the window: more are too thin to be told apart."""
_GAP_MS = 15 * 60 * 1000
"""A line is drawn over no longer gap: three posts of a device that sends every 5 minutes."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: ``kind`` as Grafana calls it, ``queries`` by their reference, ``unit`` as Grafana calls it.

    ``width`` is in columns of 24, ``height`` in rows of 30 pixels. ``gives`` are the columns that the panel
    needs of its first query. ``under`` stands below the panel before it, not beside it.
    """

    kind: str
    title: str
    description: str
    unit: str = ""
    queries: Mapping[str, str] = field(default_factory=dict)
    width: int = 12
    height: int = 8
    under: bool = False
    gives: tuple[str, ...] = ("_time", "_value")
    least_step: str = ""
    draws: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    overrides: tuple[Json, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


def row(title: str) -> Panel:
    """A heading over the panels that follow it."""
    return Panel("row", title, "", width=WIDTH, height=1, more={"collapsed": False, "panels": []})


def lines(
    title: str, description: str, unit: str, queries: Mapping[str, str], name: str, **more: Any
) -> Panel:
    """Lines over time; a series is called ``name``, and a gap stays one."""
    draws = {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 0,
        "showPoints": "auto",
        "pointSize": 3,
        "spanNulls": _GAP_MS,
        **more.pop("draws", {}),
    }
    return _over_time(title, description, unit, queries, name, draws, **more)


def bars(
    title: str, description: str, unit: str, queries: Mapping[str, str], name: str, **more: Any
) -> Panel:
    """Bars over time, one upon the other; no bar stands for nothing. ``legend`` are figures told there."""
    draws = {
        "drawStyle": "bars",
        "lineWidth": 0,
        "fillOpacity": 80,
        "showPoints": "never",
        "stacking": {"mode": "normal", "group": "A"},
        **more.pop("draws", {}),
    }
    defaults = {"min": 0, **more.pop("defaults", {})}
    return _over_time(title, description, unit, queries, name, draws, defaults=defaults, **more)


def _over_time(
    title: str,
    description: str,
    unit: str,
    queries: Mapping[str, str],
    name: str,
    draws: Mapping[str, Any],
    **more: Any,
) -> Panel:
    defaults = {"displayName": name, **more.pop("defaults", {})}
    legend = list(more.pop("legend", ()))
    options = {
        "legend": {
            "displayMode": "table" if legend else "list",
            "placement": "bottom",
            "showLegend": True,
            "calcs": legend,
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return Panel(
        "timeseries",
        title,
        description,
        unit,
        queries,
        draws=draws,
        defaults=defaults,
        options=options,
        **more,
    )


def stat(
    title: str, description: str, unit: str, queries: Mapping[str, str], name: str, **more: Any
) -> Panel:
    """The newest value of each series, large."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "orientation": "auto",
        "textMode": "value_and_name",
        "colorMode": more.pop("colour", "value"),
        "graphMode": "none",
        "justifyMode": "auto",
    }
    # By itself Grafana colours what is above 80 red, whatever it is.
    neutral = {"mode": "fixed", "fixedColor": "text"}
    defaults = {"displayName": name, "color": neutral, **more.pop("defaults", {})}
    sizes = {"width": 6, "height": 5} | {key: more.pop(key) for key in ("width", "height") if key in more}
    return Panel(
        "stat", title, description, unit, queries, defaults=defaults, options=options, **sizes, **more
    )


def table(
    title: str, description: str, queries: Mapping[str, str], gives: tuple[str, ...], **more: Any
) -> Panel:
    """Rows as they come, columns in the order of ``gives``; units are those of the columns."""
    options = {"showHeader": True, "cellHeight": "sm", "footer": {"show": False}}
    options |= more.pop("options", {})
    unit = more.pop("unit", "none")
    order = {"indexByName": {name: number for number, name in enumerate(gives)}}
    return Panel(
        "table",
        title,
        description,
        unit,
        queries,
        gives=gives,
        options=options,
        # Narrower than Grafana's 150 px, or a phone shows two columns.
        draws={"minWidth": 80},
        more={"transformations": [{"id": "organize", "options": order}]},
        **more,
    )


def html(title: str, description: str, content: str, **more: Any) -> Panel:
    """HTML as the default sanitiser lets it through."""
    return Panel("text", title, description, options={"mode": "html", "content": content}, **more)


def of_query(reference: str, **properties: Any) -> Json:
    """What series of the query ``reference`` have of their own; ``_`` in a name stands for a dot."""
    return _override({"id": "byFrameRefID", "options": reference}, properties)


def of_ending(words: str, **properties: Any) -> Json:
    """What series of their own have whose name, or a label in it, ends in ``words``."""
    return _override({"id": "byRegexp", "options": f"/{words}/"}, properties)


def of_column(name: str, **properties: Any) -> Json:
    """What a column of a table has of its own."""
    return _override({"id": "byName", "options": name}, properties)


def _override(matcher: Json, properties: Mapping[str, Any]) -> Json:
    told = [{"id": name.replace("_", "."), "value": value} for name, value in properties.items()]
    return {"matcher": matcher, "properties": told}


def steps(*pairs: tuple[float | None, str]) -> Json:
    """Thresholds: from each value on, a colour; the first has no value."""
    return {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in pairs]}
