"""What a request shows of who sends it: a cookie, a token in one of its places, or nothing."""

import base64
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from api.access.rights import Right

COOKIE = "hutch_session"
PATH_TOKEN = "hutch.path_token"  # noqa: S105 -- where in the scope it stands
DEVICES_MAY = frozenset({Right.INGEST, Right.COMMAND})
"""Where tokens are taken as InfluxDB's clients and old devices send them, and devices by their address."""

_MOST = 4096
"""Characters of a credential that are looked at."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential: a session's cookie, a token (signed, or a device's), or what nobody knows."""

    kind: Literal["cookie", "token", "device", "unknown"]
    secret: str


def shown(scope: Scope, right: Right) -> Credential | None:
    """The credential that counts: the path's, else one that was meant, else the cookie; None without any."""
    headers = Headers(scope=scope)
    if PATH_TOKEN in scope:
        return Credential("device" if right in DEVICES_MAY else "unknown", scope[PATH_TOKEN])
    if (authorization := headers.get("authorization")) is not None:
        return _authorization(authorization[:_MOST], right)
    if right in DEVICES_MAY and b"p=" in scope.get("query_string", b""):
        query = parse_qs(scope["query_string"][:_MOST].decode("latin-1"))
        if "p" in query:
            return Credential("device", query["p"][0])
    cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE)
    return None if cookie is None else Credential("cookie", cookie[:_MOST])


def of_a_page(scope: Scope) -> bool:
    """Whether the page of some site asks through a browser, which no device does.

    The name of a site can be made to lead to this address (DNS rebinding), so that it would pass for ours.
    """
    headers = Headers(scope=scope)
    return "origin" in headers or "sec-fetch-site" in headers


def _authorization(text: str, right: Right) -> Credential:
    scheme, _, secret = text.partition(" ")
    secret = secret.strip()
    match scheme.lower():
        case "bearer":
            return Credential("token", secret)
        case "token" if right in DEVICES_MAY:
            # InfluxDB 2 takes "user:token" here too, from clients of version 1.
            return Credential("device", secret.rpartition(":")[2])
        case "basic" if right in DEVICES_MAY:
            try:
                pair = base64.b64decode(secret, validate=True).decode()
            except ValueError:
                return Credential("unknown", "")
            return Credential("device", pair.partition(":")[2])
    return Credential("unknown", "")


def take_path_token(scope: Scope) -> Scope:
    """``scope`` as if its path ``/d/<token>/...`` were ``/...``, with the token beside it."""
    _, _, token, rest = scope["path"].split("/", 3)
    path = f"/{rest}"
    return {**scope, "path": path, "raw_path": quote(path).encode(), PATH_TOKEN: token[:_MOST]}


def has_path_token(scope: Scope) -> bool:
    """Whether the path of the request starts with ``/d/<token>/``."""
    path: str = scope["path"]
    return path.startswith("/d/") and path.count("/") >= 3
