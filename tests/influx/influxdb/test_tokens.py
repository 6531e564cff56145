"""The tokens of the roles: what each may and may not do, how they are replaced, and what is said of them."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from influxdb_client.client.tasks_api import TasksApi
from influxdb_client.domain.authorization import Authorization
from influxdb_client.domain.permission import Permission
from influxdb_client.domain.permission_resource import PermissionResource
from influxdb_client.service.organizations_service import OrganizationsService

from influx.apply import apply
from influx.buckets import BUCKETS
from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE, Role, connect
from influx.influxdb.administration import Server, administering
from influx.influxdb.authorizations import describe, held, make
from influx.influxdb.tasks import owner_name
from influx.influxdb.tokens import TokenRefused, list_tokens, revoke
from influx.points import line
from influx.points import make as point
from influx.schema import ENVIRONMENT, MEASUREMENTS, PET_ACTIVE_15M
from influx.secret_files import write_secret
from influx.server import ServerStore
from influx.store import Rejected, RowQuery, StoreError, Unauthorized, Unavailable
from influx.windows import Window
from tests.daemon import wait_until
from tests.servers import Influx

NOW = datetime.now(UTC).replace(microsecond=0)
WINDOW = Window(NOW - timedelta(days=1), NOW + timedelta(hours=1))
READING = point(ENVIRONMENT, {"node": "pi", "sensor": "hat", "location": "cage"}, {"temperature": 20.0}, NOW)
MINUTES = point(PET_ACTIVE_15M, {"pet": "miso"}, {"minutes": 3}, NOW)


@pytest.fixture
def config(influx_server: Influx, tmp_path: Path, request: pytest.FixtureRequest) -> InfluxSection:
    """A server that is in order, with the operator's token in its file."""
    prefix = request.node.name.removeprefix("test_")[:24] + "-"
    folder = tmp_path / "secrets"
    write_secret(folder / Role.OPERATOR, influx_server.token)
    config = InfluxSection(
        url=influx_server.url, org=influx_server.org, bucket_prefix=prefix, token_dir=folder
    )
    done = apply(config, environment={})
    assert all(found.mended for found in done), [str(found) for found in done]
    return config


@pytest.fixture
def server(config: InfluxSection) -> Iterator[Server]:
    with administering(config, {}) as opened:
        yield opened


def with_one_token(config: InfluxSection, role: Role) -> ServerStore:
    """A store that does everything with the token of ``role``."""
    token = (config.token_dir / role).read_text().strip()
    return ServerStore(config.url, config.org, token, prefix=config.bucket_prefix)


def recorded(store: ServerStore) -> None:
    store.write("environment", [line(READING)])


def derived(store: ServerStore) -> None:
    store.write("pet_active_15m", [line(MINUTES)])


def correction(store: ServerStore) -> None:
    store.delete("environment", READING.tags, READING.time_ns)


def derived_deletion(store: ServerStore) -> None:
    store.delete("pet_active_15m", MINUTES.tags, MINUTES.time_ns)


def look(store: ServerStore) -> None:
    for name in MEASUREMENTS:
        store.rows(RowQuery(name, WINDOW))


def export(store: ServerStore) -> None:
    list(store.lines("environment", WINDOW))


def roll_up(store: ServerStore) -> None:
    store.roll_up("environment", Window(NOW - timedelta(hours=2), NOW - timedelta(hours=1)), ZoneInfo("UTC"))


MAY: dict[Role, tuple[Callable[[ServerStore], None], ...]] = {
    Role.WRITER: (recorded, correction),
    Role.READER: (look, export),
    Role.GRAFANA: (look, export),
    Role.TASKS: (look, derived, derived_deletion, roll_up),
}
EVERYTHING = (recorded, correction, derived, derived_deletion, look, export, roll_up)


def refuses(deed: Callable[[ServerStore], None], store: ServerStore) -> bool:
    """Whether the server refuses it; of a bucket that one may not read InfluxDB says that there is none."""
    try:
        deed(store)
    except (Unauthorized, Unavailable, Rejected) as refusal:
        said = str(refusal)
    else:
        return False
    assert re.search("insufficient permissions|not authorized|not found|could not find", said), said
    return True


@pytest.mark.parametrize("role", MAY)
def test_a_role_may_do_what_it_needs_and_nothing_else(config: InfluxSection, role: Role) -> None:
    with closing(with_one_token(config, role)) as store:
        for deed in EVERYTHING:
            if deed in MAY[role] or (role is Role.TASKS and deed is export):
                deed(store)
                continue
            assert refuses(deed, store), f"the {role} may {deed.__name__}"


@pytest.mark.parametrize("role", MAY)
def test_a_role_sees_nothing_of_others(config: InfluxSection, influx_server: Influx, role: Role) -> None:
    others = InfluxSection(url=config.url, org=config.org, bucket_prefix=f"others-{role}-")
    apply(others, environment={TOKEN_VARIABLE: influx_server.token})
    with closing(with_one_token(others.model_copy(update={"token_dir": config.token_dir}), role)) as store:
        for deed in EVERYTHING:
            assert refuses(deed, store), f"the {role} may {deed.__name__} in buckets of others"


def test_a_store_uses_the_token_of_each_role(config: InfluxSection, tmp_path: Path) -> None:
    (config.token_dir / Role.OPERATOR).unlink()
    with closing(connect(config, tmp_path)) as store:
        assert isinstance(store, ServerStore)
        for deed in EVERYTHING:
            deed(store)


def test_nodes_with_the_writers_token_alone_can_write(config: InfluxSection, tmp_path: Path) -> None:
    for role in set(Role) - {Role.WRITER}:
        (config.token_dir / role).unlink()
    with closing(connect(config, tmp_path)) as store:
        assert isinstance(store, ServerStore)
        recorded(store)
        with pytest.raises(Unauthorized, match="there is no token for the reader"):
            look(store)


def test_rotation_leaves_the_old_token_valid_until_it_is_revoked(
    config: InfluxSection, server: Server
) -> None:
    with closing(with_one_token(config, Role.READER)) as old:
        made = make(server, Role.READER)
        look(old)
        mine = [(one, current) for one, current in list_tokens(server) if one.role is Role.READER]
        assert [current for _, current in mine] == [False, True]
        assert mine[1][0].id == made
        assert mine[0][0].rights == mine[1][0].rights
        assert apply(config, check=True, environment={}) == []
        revoke(server, mine[0][0].id)
        with pytest.raises(Unauthorized, match="401"):
            look(old)
    with closing(with_one_token(config, Role.READER)) as new:
        look(new)


def test_a_bucket_made_anew_is_one_the_tokens_may_use_again(config: InfluxSection, server: Server) -> None:
    server.client.buckets_api().delete_bucket(server.buckets()["readings"])
    before = {one.id for one in held(server)}
    looked = {str(found) for found in apply(config, check=True, environment={})}
    assert "token of the writer: may not do just what the role needs" in looked
    with closing(connect(config, config.token_dir)) as store:
        assert isinstance(store, ServerStore)
        with pytest.raises(StoreError):
            recorded(store)
        apply(config, environment={})
        recorded(store)
        look(store)
    assert apply(config, check=True, environment={}) == []
    after = [one for one in held(server) if one.role is not Role.OPERATOR]
    assert len(after) == len(Role) - 1, "the old ones are gone"
    assert not before & {one.id for one in after}


def test_what_was_left_unfinished_or_made_inactive_is_put_right(
    config: InfluxSection, server: Server
) -> None:
    service = server.client.authorizations_api()
    (mine,) = [one for one in held(server) if one.role is Role.GRAFANA]
    found = service.find_authorization_by_id(mine.id)
    found.status = "inactive"
    service.update_authorization(found)
    # As who is killed leaves one:
    service.create_authorization(
        authorization=Authorization(
            org_id=server.org_id,
            permissions=[Permission("read", PermissionResource("tasks", org_id=server.org_id))],
            description=describe(config.bucket_prefix, Role.TASKS, None),
        )
    )
    done = [str(found) for found in apply(config, environment={})]
    assert len(done) == 2
    assert done[0] == "token of the grafana: made"
    assert done[1].endswith("of the tasks: removed")
    assert apply(config, check=True, environment={}) == []


def test_a_file_that_others_may_read_is_told_and_hidden(config: InfluxSection) -> None:
    file = config.token_dir / Role.WRITER
    file.chmod(0o644)
    config.token_dir.chmod(0o755)
    looked = [str(found) for found in apply(config, check=True, environment={})]
    assert looked == [f"{path}: can be read by others" for path in (config.token_dir, file)]
    apply(config, environment={})
    assert apply(config, check=True, environment={}) == []
    assert file.stat().st_mode & 0o777 == 0o600


def test_tasks_belong_to_a_user_of_their_own(config: InfluxSection, server: Server) -> None:
    api = server.client.tasks_api()
    (owner,) = server.client.users_api().find_users(name=owner_name(server)).users
    ours = [
        found
        for found in api.find_tasks_iter(org_id=server.org_id, limit=100)
        if found.name.startswith(config.bucket_prefix)
    ]
    assert {found.owner_id for found in ours} == {owner.id}
    for found in ours:
        api.run_manually(found.id)
        assert wait_until(partial(_has_run, api, found.id), 30), f"{found.name} does not end"
        assert api.find_task_by_id(found.id).last_run_status == "success", api.get_logs(found.id)
    organisations = OrganizationsService(server.client.api_client)
    organisations.delete_orgs_id_owners_id(owner.id, server.org_id)
    assert [str(found) for found in apply(config, environment={})] == [
        f"user {owner.name}: owns the organisation now"
    ]
    server.client.users_api().delete_user(owner)
    apply(config, environment={})
    assert apply(config, check=True, environment={}) == []
    now = {found.name: found for found in api.find_tasks_iter(org_id=server.org_id, limit=100)}
    assert owner.id not in {now[found.name].owner_id for found in ours}


def _has_run(api: TasksApi, task: str) -> bool:
    return api.find_task_by_id(task).last_run_status in ("success", "failed")


def test_an_operators_token_can_be_replaced_but_is_not_revoked_unforced(
    config: InfluxSection, server: Server
) -> None:
    new = make(server, Role.OPERATOR)
    with pytest.raises(TokenRefused, match="operator's"):
        revoke(server, new)
    assert apply(config, check=True, environment={}) == [], "the new one can do what the old one could"
    revoke(server, new, force=True)
    with pytest.raises(Unauthorized):
        apply(config, check=True, environment={})


def test_tokens_of_others_are_neither_listed_nor_revoked(
    config: InfluxSection, server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "other secrets"
    write_secret(folder / Role.OPERATOR, (config.token_dir / Role.OPERATOR).read_text().strip())
    other = config.model_copy(update={"bucket_prefix": "other_", "token_dir": folder})
    apply(other, environment={})
    with administering(other, {}) as theirs:
        (writer,) = [one for one in held(theirs) if one.role is Role.WRITER]
    assert writer.id not in {one.id for one, _ in list_tokens(server)}
    with pytest.raises(TokenRefused, match=r"no token .* of ours"):
        revoke(server, writer.id)


def test_rights_are_those_of_buckets_by_their_ids(config: InfluxSection, server: Server) -> None:
    names: dict[str, str] = {bucket.id: name for name, bucket in server.buckets().items()}
    assert sorted(names.values()) == sorted(BUCKETS)
    told = {
        one.role: {(action, names[bucket]) for action, bucket in one.rights or ()} for one in held(server)
    }
    for role in (Role.READER, Role.GRAFANA):
        assert told[role] == {("read", name) for name in BUCKETS}
    rollups = {"rollup_15m", "rollup_1d"}
    assert told[Role.WRITER] == {("write", name) for name in set(BUCKETS) - rollups}
    assert told[Role.TASKS] == {("read", name) for name in BUCKETS} | {("write", name) for name in rollups}
