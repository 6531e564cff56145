"""A Grafana that is asked by the paths of its API."""

from dataclasses import dataclass
from typing import Any, Literal

from hutch.grafana.client import GrafanaRefused, asking
from hutch.grafana.config import GrafanaSection

_FRESH = {"X-Grafana-NoCache": "true"}
"""For 5 s Grafana would ask a data source as it was before a change."""
_NOT_SEEN = (403, 404)
"""Who may not see all of a kind is told 403 also of what is not there."""


@dataclass(frozen=True, slots=True)
class Server:
    """The Grafana of ``config`` through ``api``, as ``connect`` makes it.

    Whatever is asked of it raises ``GrafanaAway`` or ``GrafanaRefused``.
    """

    config: GrafanaSection
    api: Any

    def ask(self, path: str) -> Any:
        """What it answers to a GET of ``path``, which begins below ``/api``."""
        with asking(self.config):
            return self.api.client.GET(path, headers=_FRESH)

    def find(self, path: str) -> Any | None:
        """The same, or None where there is no such thing, or none that this login may see."""
        try:
            return self.ask(path)
        except GrafanaRefused as refused:
            if refused.status not in _NOT_SEEN:
                raise
            return None

    def send(self, how: Literal["POST", "PUT", "DELETE"], path: str, body: Any = None) -> Any:
        """What it answers to ``body`` as JSON."""
        with asking(self.config):
            return getattr(self.api.client, how)(path, json=body, headers=_FRESH)


def told_by(refused: GrafanaRefused) -> dict[str, Any]:
    """What Grafana answered when it refused; empty where that was no JSON."""
    told = getattr(refused.__cause__, "response", None)
    return told if isinstance(told, dict) else {}


def said(refused: GrafanaRefused) -> str:
    """Grafana's own words of why it refused; empty where it gave none."""
    return str(told_by(refused).get("message", ""))
