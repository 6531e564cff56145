"""Who calls: a person, a device, or the owner at the machine itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.access.ledger import Role, Scope
from api.access.rights import Right

Kind = Literal["user", "device", "local", "nobody"]

_LOOK = frozenset({Right.PUBLIC, Right.VIEW, Right.LIVE, Right.COMMAND})
_BY_ROLE: Mapping[Role, frozenset[Right]] = MappingProxyType({"owner": frozenset(Right), "viewer": _LOOK})
_BY_SCOPE: Mapping[Scope, frozenset[Right]] = MappingProxyType(
    {
        "ingest": frozenset({Right.PUBLIC, Right.INGEST, Right.COMMAND}),
        "live": frozenset({Right.PUBLIC, Right.LIVE}),
        "read": _LOOK | {Right.METRICS},
        "metrics": frozenset({Right.PUBLIC, Right.METRICS}),
    }
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``node`` is the only node that an ingest device may write for; None where any may be."""

    name: str
    kind: Kind
    role: Role | None = None
    scopes: frozenset[Scope] = frozenset()
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
        return any(right in _BY_SCOPE[scope] for scope in self.scopes)

    @property
    def may_change(self) -> bool:
        """Whether pages show this caller the buttons of changes."""
        return self.may(Right.CHANGE)

    @property
    def may_manage(self) -> bool:
        """Whether this caller sees to users and devices."""
        return self.may(Right.MANAGE)


NOBODY = Caller("nobody", "nobody")
LOCAL = Caller("local", "local", "owner")
"""Whoever sits at the machine, as long as nobody has a login and only this machine can reach the API."""


def device(name: str, scope: Scope, node: str | None) -> Caller:
    """A device, by its token or its address."""
    return Caller(name, "device", scopes=frozenset({scope}), node=node)


def caller_of(connection: HTTPConnection) -> Caller:
    """Who the door found to be calling."""
    caller: Caller = connection.scope["hutch.caller"]
    return caller


Who = Annotated[Caller, Depends(caller_of)]
"""An endpoint's parameter of this type is who calls."""
