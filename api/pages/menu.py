"""The menu of every page: what is used daily at hand, the rest behind *More*, and only what there is."""

from dataclasses import dataclass

from fastapi import Request
from starlette.routing import BaseRoute, Match

from api.context import Context


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu: its address, its drawing in ``icons.html``, and what people call it."""

    href: str
    icon: str
    label: str

    def leads_to(self, path: str) -> bool:
        """Whether ``path`` is this page, or one below it."""
        return path == self.href or (self.href != "/" and path.startswith(f"{self.href}/"))


PRIMARY = (
    Entry("/", "overview", "Overview"),
    Entry("/pages/live", "live", "Live"),
    Entry("/pages/events", "events", "Events"),
    Entry("/pages/journal", "journal", "Journal"),
)
"""As many as a phone's lower edge has room for beside *More*."""
MORE = (
    Entry("/pages/gallery", "gallery", "Gallery"),
    Entry("/pages/pets", "pets", "Pets"),
    Entry("/pages/formula", "formula", "Formula"),
    Entry("/pages/gas", "gas", "Gas"),
    Entry("/pages/alerts", "alerts", "Alerts"),
    Entry("/pages/devices", "devices", "Devices"),
    Entry("/pages/health", "health", "Health"),
)


def dashboards(url: str) -> tuple[Entry, ...]:
    """The entry for a Grafana at ``url``, where there is one."""
    return (Entry(url, "dashboards", "Dashboards"),) if url else ()


@dataclass(frozen=True, slots=True)
class Menu:
    """The entries whose pages exist, and Grafana where it is configured."""

    primary: tuple[Entry, ...]
    more: tuple[Entry, ...]

    def behind_more(self, path: str) -> bool:
        """Whether the page at ``path`` is one that *More* leads to."""
        return any(entry.leads_to(path) for entry in self.more)


def menu(request: Request) -> Menu:
    """The menu of the app that answers ``request``; found out once, as routes do not change."""
    state = request.app.state
    if not hasattr(state, "menu"):
        routes = request.app.routes
        context: Context = state.context
        grafana = dashboards(context.config.grafana_url)
        state.menu = Menu(_existing(PRIMARY, routes), (*_existing(MORE, routes), *grafana))
    found: Menu = state.menu
    return found


def _existing(entries: tuple[Entry, ...], routes: list[BaseRoute]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if any(_answers(route, entry.href) for route in routes))


def _answers(route: BaseRoute, path: str) -> bool:
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return route.matches(scope)[0] is Match.FULL
