"""Tokens on an InfluxDB: what each role may do, and the authorizations that let it.

InfluxDB keeps the hash of a token and never shows it again. An authorization's description therefore says
which prefix and role it is for, and how the SHA-256 of the token begins, which tells whose token a file
holds.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.authorization import Authorization
from influxdb_client.domain.authorization_post_request import AuthorizationPostRequest
from influxdb_client.domain.authorization_update_request import AuthorizationUpdateRequest
from influxdb_client.domain.permission import Permission
from influxdb_client.domain.permission_resource import PermissionResource
from influxdb_client.service.authorizations_service import AuthorizationsService

from influx.buckets import BUCKETS
from influx.connect import Role
from influx.influxdb.administration import Server
from influx.schema import DERIVED, RECORDED
from influx.secret_files import write_secret

_RECORDED = tuple(dict.fromkeys(spec.bucket for spec in RECORDED))
_DERIVED = tuple(dict.fromkeys(spec.bucket for spec in DERIVED))
READS = {Role.READER: BUCKETS, Role.GRAFANA: BUCKETS, Role.TASKS: BUCKETS}
"""The buckets that a role reads."""
WRITES = {Role.WRITER: _RECORDED, Role.TASKS: _DERIVED}
"""The buckets that a role writes. InfluxDB lets who may write to a bucket delete from it too."""

_UNFINISHED = " unfinished"
_DESCRIPTION = re.compile(
    r"hutch (?P<prefix>\S*)/(?P<role>"
    + "|".join(Role)
    + rf")(?: (?P<mark>[0-9a-f]{{16}}))?(?P<unfinished>{_UNFINISHED})?"
)

Right = tuple[str, str]
"""`read` or `write`, and what of: the id of a bucket, or another kind of resource."""


@dataclass(frozen=True, slots=True)
class Held:
    """An authorization on the server; ``rights`` is None where it is an operator's, who may do everything.

    ``mark`` is empty where nobody has noted whose token it is. While it is not ``finished``, its token may
    not be in its file yet.
    """

    id: str
    prefix: str
    role: Role
    mark: str
    finished: bool
    made: datetime
    active: bool
    rights: frozenset[Right] | None


def describe(prefix: str, role: Role, token: str | None, *, finished: bool = True) -> str:
    """The description of the authorization that ``token`` stands for; None where it is not known yet."""
    return _describe(prefix, role, mark_of(token) if token else "", finished and token is not None)


def _describe(prefix: str, role: Role, mark: str, finished: bool) -> str:
    return f"hutch {prefix}/{role}{' ' if mark else ''}{mark}{'' if finished else _UNFINISHED}"


def mark_of(token: str) -> str:
    """What tells a token from others without giving it away."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def held(server: Server) -> Iterator[Held]:
    """Every authorization of this prefix, and every operator's that our token may see."""
    found = _service(server).get_authorizations().authorizations
    for authorization in found:
        described = _DESCRIPTION.fullmatch(authorization.description or "")
        rights = None if _may_everything(authorization) else _rights(authorization)
        prefix, mark = (described["prefix"], described["mark"] or "") if described else ("", "")
        if rights is None:
            role = Role.OPERATOR
        elif described and prefix == server.config.bucket_prefix:
            role = Role(described["role"])
        else:
            continue
        yield Held(
            id=authorization.id,
            prefix=prefix,
            role=role,
            mark=mark,
            finished=not (described and described["unfinished"]),
            made=authorization.created_at,
            active=authorization.status == "active",
            rights=rights,
        )


def wanted_rights(server: Server, role: Role) -> frozenset[Right]:
    """What ``role`` may do with the buckets that are there."""
    return frozenset(
        (action, bucket.id)
        for name, bucket in server.buckets().items()
        for action, buckets in (("read", READS), ("write", WRITES))
        if name in buckets.get(role, ())
    )


def make(server: Server, role: Role) -> str:
    """Give ``role`` a new token, in its file when this returns; says the id of its authorization.

    Those it had stay valid. To be called by who is ``alone`` in ``token_dir``. Killed halfway it leaves an
    authorization that is marked as unfinished; the server knows whose token it is before the file has it.
    """
    prefix = server.config.bucket_prefix
    request = AuthorizationPostRequest(
        org_id=server.org_id,
        permissions=_permissions(server, role),
        description=describe(prefix, role, None),
    )
    made = _service(server).post_authorizations(request)
    mark(server.client, made.id, describe(prefix, role, made.token, finished=False))
    write_secret(server.config.token_dir / role, made.token)
    mark(server.client, made.id, describe(prefix, role, made.token))
    return str(made.id)


def finish(server: Server, one: Held) -> None:
    """Note that the token of an unfinished authorization is in its file."""
    mark(server.client, one.id, _describe(one.prefix, one.role, one.mark, finished=True))


def mark(client: InfluxDBClient, authorization_id: str, description: str) -> None:
    """Describe an authorization anew."""
    update = AuthorizationUpdateRequest(description=description)
    AuthorizationsService(client.api_client).patch_authorizations_id(authorization_id, update)


def delete(server: Server, authorization_id: str) -> None:
    """Let the token of this authorization no longer be valid."""
    _service(server).delete_authorizations_id(authorization_id)


@contextmanager
def making_tasks(server: Server, user_id: str) -> Iterator[str]:
    """A token to make tasks of the organisation in the name of another user, for as long as the block lasts.

    Its authorization is marked as unfinished: who is killed here leaves it to the next to delete.
    """
    permissions = [
        Permission(action, PermissionResource("tasks", org_id=server.org_id)) for action in ("read", "write")
    ]
    request = AuthorizationPostRequest(
        org_id=server.org_id,
        user_id=user_id,
        permissions=permissions,
        description=describe(server.config.bucket_prefix, Role.TASKS, None),
    )
    made = _service(server).post_authorizations(request)
    try:
        yield made.token
    finally:
        delete(server, made.id)


def _permissions(server: Server, role: Role) -> list[Permission]:
    if role is Role.OPERATOR:
        return _operator_permissions(server)
    return [
        Permission(action, PermissionResource("buckets", id=bucket, org_id=server.org_id))
        for action, bucket in sorted(wanted_rights(server, role))
    ]


def _operator_permissions(server: Server) -> list[Permission]:
    """What the operators may, but for the instance as such: that is given at the first set-up alone."""
    every = _service(server).get_authorizations().authorizations
    found: list[Permission] = next(one.permissions for one in every if _may_everything(one))
    return [permission for permission in found if permission.resource.type != "instance"]


def _may_everything(authorization: Authorization) -> bool:
    """Whether it may make authorizations whatever the organisation, and so let itself do anything."""
    return any(
        permission.action == "write"
        and permission.resource.type == "authorizations"
        and permission.resource.org_id is None
        for permission in authorization.permissions
    )


def _rights(authorization: Authorization) -> frozenset[Right]:
    return frozenset(
        (permission.action, permission.resource.id or permission.resource.type)
        for permission in authorization.permissions
    )


def _service(server: Server) -> AuthorizationsService:
    return AuthorizationsService(server.client.api_client)
