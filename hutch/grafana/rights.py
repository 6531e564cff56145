"""What the login that Hutch uses may do at a Grafana."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grafana.house import DATASOURCE
from hutch.grafana.server import Server

_CLIPS = "annotations:type:organization"
"""Annotations that belong to no dashboard, as Hutch writes them."""


@dataclass(frozen=True, slots=True)
class Right:
    """Something that Hutch does there: the ``action`` and the ``scope`` as Grafana calls them."""

    words: str
    action: str
    scope: str = ""


LOOKING = (Right("ask the data source", "datasources:query", f"datasources:uid:{DATASOURCE['uid']}"),)
CLIPS = (
    Right("read clips on the graph", "annotations:read", _CLIPS),
    Right("put clips on the graph", "annotations:create", _CLIPS),
    Right("change clips there", "annotations:write", _CLIPS),
    Right("take them off again", "annotations:delete", _CLIPS),
)
"""What an Editor may do, and nobody below."""

Permissions = Mapping[str, Iterable[str]]
"""Of each action the scopes, as Grafana tells them."""


def permissions(server: Server) -> Permissions:
    """What the login may do; raises as ``Server`` does, and so where the login is not taken at all."""
    told: Permissions = server.ask("/access-control/user/permissions")
    return told


def missing(given: Permissions, wanted: Iterable[Right]) -> list[Right]:
    """Those of ``wanted`` that ``given`` does not hold."""
    return [
        right for right in wanted if not any(_covers(s, right.scope) for s in given.get(right.action, ()))
    ]


def _covers(scope: str, wanted: str) -> bool:
    return scope == wanted or (scope.endswith("*") and wanted.startswith(scope[:-1]))
