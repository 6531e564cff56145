"""What a caller may do. Each route declares exactly one right; the door asks for it before anything is read.

``needs`` declares it at a router or route; what brings no dependencies of its own (a mount, the
documentation) is declared by its path with ``declare``.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import Mount

from api.problems import Problem


class Right(StrEnum):
    """One thing that a caller may or may not."""

    PUBLIC = "public"
    """Is open to everybody: health, login, the files of pages."""
    VIEW = "view"
    """Look at everything that is no secret: owner, viewer, device token ``read``."""
    LIVE = "live"
    """See the live picture: who may VIEW, and device token ``live``."""
    INGEST = "ingest"
    """Send points: owner, and devices for their own node."""
    COMMAND = "command"
    """The nursery's one address for every command, each of which asks for its own right: VIEW or INGEST."""
    CHANGE = "change"
    """Write the journal, correct events, take snapshots, set alerts: owner."""
    MANAGE = "manage"
    """Users, devices and tokens: owner."""
    METRICS = "metrics"
    """What Prometheus reads: owner, device token ``metrics`` or ``read``."""


class Needs:
    """The dependency by which a route declares its right, and which holds even where no door stands."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, request: Request) -> None:
        """Let the request on; raises ``Problem`` 403 where the caller lacks the right."""
        caller = request.scope["hutch.caller"]
        if not caller.may(self.right):
            raise Problem(403, f"{caller.name} may not do this.")


def needs(right: Right) -> Any:
    """For ``dependencies=[...]`` of a router or route: whoever calls needs ``right``."""
    return Depends(Needs(right))


def declare(app: FastAPI, path: str, right: Right) -> None:
    """Declare the right of the mount or plain route of ``app`` at ``path``."""
    _declared(app)[path] = right


def _declared(app: FastAPI) -> dict[str, Right]:
    if not hasattr(app.state, "declared_rights"):
        app.state.declared_rights = {}
    declared: dict[str, Right] = app.state.declared_rights
    return declared


def rights_of(app: FastAPI, route: RouteContext) -> list[Right]:
    """Every right that ``route`` declares: exactly one, or the app has a hole."""
    declared = [
        dependency.dependency.right
        for dependency in getattr(route, "dependencies", ())
        if isinstance(dependency.dependency, Needs)
    ]
    by_path = _declared(app).get(route.path or "")
    return declared if by_path is None else [*declared, by_path]


def routes_of(app: FastAPI) -> Iterator[RouteContext]:
    """Every route of ``app``, those of included routers and the mounts too."""
    yield from iter_route_contexts(app.routes)


class Rights:
    """Which right an address needs; asked before a request is routed, so that no body is read for nothing."""

    def __init__(self, app: FastAPI) -> None:
        self._known: list[tuple[re.Pattern[str], set[str] | None, Right]] = []
        for route in routes_of(app):
            rights = rights_of(app, route)
            if len(rights) != 1:
                raise AssertionError(f"{route.path} declares {len(rights)} rights, and must declare one")
            methods = None if isinstance(route.route, Mount) else route.methods
            self._known.append((route.path_regex, methods, rights[0]))

    def of(self, path: str, method: str | None) -> Right:
        """The right for ``method`` (None: a WebSocket) at ``path``.

        Who may look may learn that there is nothing at an address.
        """
        partial: Right | None = None
        for pattern, methods, right in self._known:
            if pattern.match(path):
                if methods is None or method is None or method in methods:
                    return right
                partial = partial or right
        return partial or Right.VIEW
