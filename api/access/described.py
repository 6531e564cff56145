"""The rights in the OpenAPI document: how to log in, and what each address needs."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from api.access.credentials import COOKIE
from api.access.rights import Right, rights_of, routes_of

_SCHEMES = {
    "login": {
        "type": "oauth2",
        "description": "A user's name and password, for a token of half an hour.",
        "flows": {"password": {"tokenUrl": "/auth/token", "scopes": {}}},
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A device token, as `hutch device add` or the page Devices makes it.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Who logged in at /login; a change needs X-CSRF-Token beside it.",
    },
}
_WORDS = {
    Right.VIEW: "owner, viewer, device token `read`",
    Right.LIVE: "owner, viewer, device token `read` or `live`",
    Right.INGEST: "owner, device token `ingest`, or a device let in by its address",
    Right.COMMAND: "whoever may look or send points; each command asks for its own right",
    Right.CHANGE: "owner",
    Right.MANAGE: "owner",
    Right.METRICS: "owner, device token `metrics` or `read`",
}


def install(app: FastAPI) -> None:
    """Let the OpenAPI document of ``app`` tell of logins and rights."""
    plain: Callable[[], dict[str, Any]] = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            document.setdefault("components", {})["securitySchemes"] = _SCHEMES
            for route in routes_of(app):
                for method in route.methods or ():
                    operation = document["paths"].get(route.path, {}).get(method.lower())
                    if operation is not None:
                        _describe(operation, rights_of(app, route)[0])
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _describe(operation: dict[str, Any], right: Right) -> None:
    operation["x-right"] = str(right)
    if right is Right.PUBLIC:
        operation["security"] = []
        return
    operation["security"] = [{name: []} for name in _SCHEMES]
    needed = f"Needs the right to {right}: {_WORDS[right]}."
    operation["description"] = "\n\n".join(filter(None, (operation.get("description"), needed)))
