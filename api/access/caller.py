"""Who calls: a person, a device, or the owner at the machine itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.access.rights import Right

OWNER: Literal["owner"] = "owner"
VIEWER: Literal["viewer"] = "viewer"
Role = Literal["owner", "viewer"]
Kind = Literal["user", "device", "local", "nobody"]

_LOOK = frozenset({Right.PUBLIC, Right.VIEW, Right.LIVE, Right.COMMAND})
_BY_ROLE: Mapping[str, frozenset[Right]] = MappingProxyType({OWNER: frozenset(Right), VIEWER: _LOOK})
SCOPES: Mapping[str, frozenset[Right]] = MappingProxyType(
    {
        "ingest": frozenset({Right.PUBLIC, Right.INGEST, Right.COMMAND}),
        "live": frozenset({Right.PUBLIC, Right.LIVE}),
        "read": _LOOK | {Right.METRICS},
        "metrics": frozenset({Right.PUBLIC, Right.METRICS}),
    }
)
"""What a device token of each scope may."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``node`` is the only node that an ingest device may write for; None where any may be."""

    name: str
    kind: Kind
    role: Role | None = None
    scopes: frozenset[str] = frozenset()
    node: str | None = None
    session: str | None = None
    """The session's id, for who logged in at a page: their changes need ``csrf``."""
    csrf: str = ""

    def may(self, right: Right) -> bool:
        """Whether this caller has ``right``."""
        if right is Right.PUBLIC:
            return True
        if self.role is not None:
            return right in _BY_ROLE[self.role]
        return any(right in SCOPES[scope] for scope in self.scopes)

    @property
    def may_change(self) -> bool:
        """Whether pages show this caller the buttons of changes."""
        return self.may(Right.CHANGE)


NOBODY = Caller("nobody", "nobody")
LOCAL = Caller("local", "local", OWNER)
"""Whoever sits at the machine, as long as nobody has a login and only this machine can reach the API."""


def caller_of(connection: HTTPConnection) -> Caller:
    """Who the door found to be calling."""
    caller: Caller = connection.scope["hutch.caller"]
    return caller


Who = Annotated[Caller, Depends(caller_of)]
"""An endpoint's parameter of this type is who calls."""
