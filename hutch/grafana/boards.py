"""Hutch's dashboards at a Grafana: which are there, and whether they are as this Hutch makes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grafana.build import dashboards
from grafana.home import Home
from grafana.house import Dashboard, rendered
from grafana.panels import Json
from hutch.grafana.server import Server


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard as ``wanted``, and as it is ``there``; None where it is not, or may not be seen.

    ``differs`` is the first place where the two are not the same, empty where they are. ``from_file`` is set
    where Grafana read it from a file, and would read it again over whatever is sent. ``version`` is
    Grafana's, which a change has to name.
    """

    made: Dashboard
    wanted: Json
    there: Json | None = None
    differs: str = ""
    from_file: bool = False
    folder: str = ""
    version: int = 0


def boards(server: Server, home: Home) -> Iterator[Board]:
    """Every dashboard of ``home``, each asked for as it is taken; raises as ``Server`` does."""
    for made in dashboards(home):
        wanted = rendered(made, home)
        if (found := server.find(f"/dashboards/uid/{made.uid}")) is None:
            yield Board(made, wanted)
            continue
        there, meta = found["dashboard"], found["meta"]
        yield Board(
            made,
            wanted,
            there,
            difference(wanted, there),
            bool(meta.get("provisioned") or meta.get("provisionedExternalId")),
            meta.get("folderUid", ""),
            there.get("version", 0),
        )


def difference(wanted: Any, there: Any) -> str:
    """The first place where ``there`` is not as ``wanted``, as names and numbers; empty where it is.

    What Grafana notes on the outermost level (``id``, ``version``, …) is none of ours.
    """
    return next(_differences(wanted, there, ()), "")


def _differences(wanted: Any, there: Any, place: tuple[str, ...]) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(there, dict):
        names = [*wanted, *(there.keys() - wanted.keys() if place else ())]
        for name in names:
            if name not in wanted or name not in there:
                yield ".".join((*place, name))
            else:
                yield from _differences(wanted[name], there[name], (*place, name))
    elif isinstance(wanted, list) and isinstance(there, list):
        for number, (one, other) in enumerate(zip(wanted, there, strict=False)):
            yield from _differences(one, other, (*place, str(number)))
        if len(wanted) != len(there):
            yield ".".join(place)
    elif wanted != there:
        yield ".".join(place)
