"""The tasks on an InfluxDB, and the user they belong to.

A task runs with what the user who made it may do, whatever the token it was made with. In InfluxDB 2.9 a
user may write to a bucket only as an owner of the organisation. So the tasks belong to a user of their own,
who owns this one organisation, has no password, and of whose tokens none outlives the making of a task.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from zoneinfo import ZoneInfo

from influxdb_client.client.tasks_api import TasksApi
from influxdb_client.domain.add_resource_member_request_body import AddResourceMemberRequestBody
from influxdb_client.domain.task import Task
from influxdb_client.domain.task_create_request import TaskCreateRequest
from influxdb_client.domain.task_update_request import TaskUpdateRequest
from influxdb_client.rest import ApiException
from influxdb_client.service.organizations_service import OrganizationsService

from influx.influxdb.administration import Server, client
from influx.influxdb.authorizations import making_tasks
from influx.influxdb.difference import Difference
from influx.influxdb.programs import TASKS, task
from influx.store import Unauthorized

_ACTIVE = "active"


def owner_differences(server: Server) -> Iterator[Difference]:
    """One difference where the user of the tasks is missing or may not let them write."""
    name = owner_name(server)
    user_id = _user_id(server)
    if user_id is None:
        yield Difference(f"user {name}", "is missing", "made", partial(_make_owner, server))
    elif user_id not in _owners(server):
        yield Difference(
            f"user {name}",
            "may not let the tasks write",
            "owns the organisation now",
            partial(_let_own, server, user_id),
        )


def task_differences(server: Server, zone: ZoneInfo) -> Iterator[Difference]:
    """One difference a task that is missing, is not as the program says, or is ours and no longer wanted."""
    prefix = server.config.bucket_prefix
    wanted = {prefix + name: task(name, prefix, zone) for name in TASKS}
    mark = _mark(prefix)
    there: dict[str, Task] = {}
    for found in server.client.tasks_api().find_tasks_iter(org_id=server.org_id, limit=100):
        if found.name in wanted and found.name not in there:
            there[found.name] = found
        elif found.description == mark:
            yield Difference(
                f"task {found.name}", "is no longer wanted", "removed", partial(_remove, server, found)
            )
    owner = _user_id(server) if server.operated else None
    for name, text in wanted.items():
        if name not in there:
            yield Difference(f"task {name}", "is missing", "made", partial(_make, server, text))
        elif server.operated and there[name].owner_id != owner:
            yield Difference(
                f"task {name}",
                "belongs to another user",
                "made anew",
                partial(_make_anew, server, there[name], text),
            )
        elif there[name].flux != text or there[name].status != _ACTIVE:
            same = there[name].flux == text
            yield Difference(
                f"task {name}",
                "is inactive" if same else "has another text",
                "is active again" if same else "has its new text",
                partial(_update, server, there[name], text),
            )


def owner_name(server: Server) -> str:
    """The name of the user to whom the tasks belong."""
    return f"{server.config.bucket_prefix}hutch-tasks"


def _mark(prefix: str) -> str:
    return f"Kept as it is by `hutch influx apply`, for the buckets {prefix}*"


def _make(server: Server, text: str) -> None:
    with _tasks_api(server) as api:
        request = TaskCreateRequest(
            flux=text,
            org_id=server.org_id,
            status=_ACTIVE,
            description=_mark(server.config.bucket_prefix),
        )
        try:
            api.create_task(task_create_request=request)
        except ApiException as error:
            # InfluxDB answers 500 where a token may not make tasks.
            if "unauthorized" in str(error.body):
                raise Unauthorized("it may not make tasks") from error
            raise


def _make_anew(server: Server, found: Task, text: str) -> None:
    _make(server, text)
    _remove(server, found)


def _update(server: Server, found: Task, text: str) -> None:
    update = TaskUpdateRequest(flux=text, status=_ACTIVE, description=_mark(server.config.bucket_prefix))
    server.client.tasks_api().update_task_request(found.id, update)


def _remove(server: Server, found: Task) -> None:
    server.client.tasks_api().delete_task(found.id)


@contextmanager
def _tasks_api(server: Server) -> Iterator[TasksApi]:
    """What makes tasks that belong to their own user; to whom our one token belongs, where that is all."""
    owner = _user_id(server) if server.operated else None
    if owner is None:
        yield server.client.tasks_api()
        return
    with making_tasks(server, owner) as token, closing(client(server.config, token)) as theirs:
        yield theirs.tasks_api()


def _make_owner(server: Server) -> None:
    user = server.client.users_api().create_user(owner_name(server))
    _let_own(server, user.id)


def _let_own(server: Server, user_id: str) -> None:
    body = AddResourceMemberRequestBody(id=user_id)
    OrganizationsService(server.client.api_client).post_orgs_id_owners(server.org_id, body)


def _owners(server: Server) -> set[str]:
    found = OrganizationsService(server.client.api_client).get_orgs_id_owners(server.org_id)
    return {owner.id for owner in found.users}


def _user_id(server: Server) -> str | None:
    try:
        found = server.client.users_api().find_users(name=owner_name(server)).users
    except ApiException as error:
        if error.status != 404:
            raise
        return None
    return str(found[0].id) if found else None
