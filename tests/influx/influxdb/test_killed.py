"""Whoever is killed while a token is replaced loses none that works, and leaves none that may too much."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import pytest
from influxdb_client.domain.authorization import Authorization
from influxdb_client.domain.permission import Permission
from influxdb_client.domain.permission_resource import PermissionResource

from influx.apply import apply
from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE, Role
from influx.influxdb.administration import Server, administering
from influx.influxdb.authorizations import describe, held, mark_of
from influx.influxdb.tokens import add, list_tokens, revoke
from influx.secret_files import write_secret
from tests.servers import Influx, influxd

MOMENTS = (
    "post_authorizations 1",
    "patch_authorizations_id 1",
    "write_secret 1",
    "sync_handle 1",
    "patch_authorizations_id 2",
)
"""Calls within ``make``, in order: who is killed at one has done all before it."""
REPLACING = (*MOMENTS, "delete_authorizations_id 1")
_homes = itertools.count()

CHILD = """if True:
    import os, signal, sys
    from influx.apply import apply
    from influx.config import InfluxSection
    from influx.connect import Role
    from influx.influxdb.administration import administering
    from influx.influxdb.tokens import add

    config = InfluxSection.model_validate_json(sys.argv[1])
    name, count = sys.argv[3].split()
    left = int(count)

    def kill(frame, event, argument):
        global left
        if event == "call" and frame.f_code.co_name == name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(kill)
    if sys.argv[2] == "apply":
        apply(config, environment={})
    else:
        with administering(config, {}) as server:
            add(server, Role(sys.argv[2]))
    """


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influx]:
    """A server of our own: operators are everybody's."""
    with influxd(tmp_path_factory.mktemp("influxd")) as server:
        yield server


@pytest.fixture
def config(influx: Influx, tmp_path: Path) -> InfluxSection:
    config = InfluxSection(
        url=influx.url, org=influx.org, bucket_prefix=f"{next(_homes)}-", token_dir=tmp_path / "secrets"
    )
    write_secret(config.token_dir / Role.OPERATOR, influx.token)
    apply(config, environment={})
    return config


def killed(config: InfluxSection, deed: str, moment: str) -> None:
    """Let a process that does ``deed`` be killed at ``moment``."""
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, config.model_dump_json(), deed, moment],
        env={**os.environ, TOKEN_VARIABLE: ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == -signal.SIGKILL, f"{moment} never came: {ended.stderr}"


def works(config: InfluxSection, token: str) -> bool:
    """Whether the server still knows ``token``."""
    answer = httpx.get(f"{config.url}/api/v2/buckets", headers={"Authorization": f"Token {token}"})
    return answer.status_code == 200


def token_of(config: InfluxSection, role: Role) -> str:
    return (config.token_dir / role).read_text().strip()


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_operator_who_is_killed_is_never_locked_out(config: InfluxSection, moment: str) -> None:
    killed(config, Role.OPERATOR, moment)
    apply(config, environment={})
    assert works(config, token_of(config, Role.OPERATOR))
    left = apply(config, environment={})
    assert works(config, token_of(config, Role.OPERATOR))
    for found in left:
        assert "was never finished; where no file has it" in str(found)
        with administering(config, {}) as server:
            revoke(server, str(found).split()[1], force=True)
    assert apply(config, check=True, environment={}) == []


@pytest.mark.parametrize("moment", REPLACING)
def test_a_token_that_may_too_much_does_not_outlive_a_kill(config: InfluxSection, moment: str) -> None:
    with administering(config, {}) as server:
        mighty = mighty_reader(server)
    killed(config, "apply", moment)
    assert works(config, token_of(config, Role.READER)), "there is one at any time"
    apply(config, environment={})
    assert not works(config, mighty)
    assert apply(config, check=True, environment={}) == []
    with administering(config, {}) as server:
        (reader,) = [one for one in held(server) if one.role is Role.READER]
    assert reader.mark == mark_of(token_of(config, Role.READER))
    assert {path.name for path in config.token_dir.iterdir()} == set(Role), "no draft is left"


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_replacement_that_is_killed_goes_on_from_there(config: InfluxSection, moment: str) -> None:
    before = token_of(config, Role.WRITER)
    killed(config, Role.WRITER, moment)
    assert works(config, token_of(config, Role.WRITER))
    replaced = token_of(config, Role.WRITER) != before
    assert replaced is (moment == MOMENTS[-1])
    apply(config, environment={})
    assert works(config, before), "it stays until it is revoked"
    assert works(config, token_of(config, Role.WRITER))
    assert apply(config, check=True, environment={}) == []
    with administering(config, {}) as server:
        writers = [current for one, current in list_tokens(server) if one.role is Role.WRITER]
    assert writers == [False] * replaced + [True]


def mighty_reader(server: Server) -> str:
    """The token of a reader who may read everything there is in a bucket, now in its file."""
    service = server.client.authorizations_api()
    (current,) = [one for one in held(server) if one.role is Role.READER]
    server.client.authorizations_api().delete_authorization(current.id)
    resource = PermissionResource("buckets", org_id=server.org_id)
    made = service.create_authorization(
        authorization=Authorization(
            org_id=server.org_id, permissions=[Permission(action, resource) for action in ("read", "write")]
        )
    )
    made.description = describe(server.config.bucket_prefix, Role.READER, made.token)
    service.update_authorization(made)
    write_secret(server.config.token_dir / Role.READER, made.token)
    return str(made.token)


def test_what_is_made_at_the_same_time_is_not_taken_for_unfinished(config: InfluxSection) -> None:
    made: list[str] = []

    def rotate() -> None:
        with administering(config, {}) as server:
            made.extend(add(server, Role.GRAFANA) for _ in range(4))

    others = [Thread(target=rotate) for _ in range(3)]
    for other in others:
        other.start()
    for _ in range(8):
        assert apply(config, environment={}) == []
    for other in others:
        other.join()
    assert len(made) == 12
    with administering(config, {}) as server:
        found = {one.id: current for one, current in list_tokens(server) if one.role is Role.GRAFANA}
    assert set(made) < set(found)
    assert list(found.values()) == [False] * 12 + [True]
    assert works(config, token_of(config, Role.GRAFANA))


def test_a_file_that_cannot_be_written_is_none_of_the_servers_faults(config: InfluxSection) -> None:
    file = config.token_dir / Role.WRITER
    file.unlink()
    file.mkdir(mode=0o700)
    (config.token_dir / "dangling").symlink_to("nowhere")
    with pytest.raises(IsADirectoryError, match=r"writer'$"):
        apply(config, environment={})
    file.rmdir()
    apply(config, environment={})
    assert apply(config, check=True, environment={}) == []
