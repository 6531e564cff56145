"""The servers that other tests rely on: set up, kept to themselves and to loopback, and gone afterwards."""

import io
import ipaddress
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import psutil
import pytest
from minio import Minio

from tests.daemon import Daemon
from tests.servers import Influx, S3Server, influxd, minio, program, seaweedfs


def query(server: Influx, flux: str) -> str:
    answer = httpx.post(
        f"{server.url}/api/v2/query",
        params={"org": server.org},
        headers={"Authorization": f"Token {server.token}", "Content-Type": "application/vnd.flux"},
        content=flux,
    )
    return answer.raise_for_status().text


def test_influxdb_is_set_up_for_its_operator_alone(influx_server: Influx) -> None:
    url = f"{influx_server.url}/api/v2/authorizations"
    assert httpx.get(url).status_code == httpx.codes.UNAUTHORIZED
    assert httpx.get(url, headers={"Authorization": "Token wrong"}).status_code == httpx.codes.UNAUTHORIZED
    answer = httpx.get(url, headers={"Authorization": f"Token {influx_server.token}"})
    # Other tests make tokens of their own on this server; what it was set up with came first.
    operator = min(answer.raise_for_status().json()["authorizations"], key=lambda one: str(one["createdAt"]))
    assert (operator["user"], operator["org"]) == (influx_server.username, influx_server.org)
    may = {(right["action"], right["resource"]["type"]) for right in operator["permissions"]}
    kinds = ("buckets", "tasks", "authorizations", "orgs")
    assert {(action, kind) for action in ("read", "write") for kind in kinds} <= may


def test_influxdb_is_the_pinned_version(influx_server: Influx) -> None:
    assert httpx.get(f"{influx_server.url}/health").json()["version"] == "v2.9.1"


def test_influxdb_keeps_what_it_took_through_a_kill(tmp_path: Path) -> None:
    with influxd(tmp_path) as server:
        url = server.url
        write = f"{url}/api/v2/write?org={server.org}&bucket=setup"
        headers = {"Authorization": f"Token {server.token}"}
        httpx.post(write, headers=headers, content="room celsius=21.5 1").raise_for_status()
        server.kill()
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
        server.start()
        assert server.url == url
        assert ",21.5,celsius,room" in query(server, 'from(bucket: "setup") |> range(start: 0)')


@pytest.mark.parametrize("fixture", ["minio_server", "seaweedfs_server"])
def test_an_s3_store_takes_its_keys_alone_and_gives_back_what_it_got(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    server: S3Server = request.getfixturevalue(fixture)
    assert httpx.get(f"http://{server.endpoint}/").status_code == httpx.codes.FORBIDDEN
    client = Minio(
        server.endpoint, access_key=server.access_key, secret_key=server.secret_key, secure=server.secure
    )
    client.make_bucket("of-the-servers-tests")
    client.put_object("of-the-servers-tests", "a/b", io.BytesIO(b"x" * 100_000), 100_000)
    assert (
        httpx.get(f"http://{server.endpoint}/of-the-servers-tests/a/b").status_code == httpx.codes.FORBIDDEN
    )
    with client.get_object("of-the-servers-tests", "a/b") as answer:
        assert answer.read() == b"x" * 100_000


@pytest.mark.parametrize("fixture", ["influx_server", "minio_server", "seaweedfs_server"])
def test_a_server_listens_on_loopback_only(fixture: str, request: pytest.FixtureRequest) -> None:
    server: Daemon = request.getfixturevalue(fixture)
    process = psutil.Process(server.pid)
    assert process.children() == []
    waiting = [connection.laddr for connection in process.net_connections("inet") if not connection.raddr]
    assert {address.port for address in waiting} == set(server.ports)
    assert all(ipaddress.ip_address(address.ip).is_loopback for address in waiting), waiting


@pytest.mark.parametrize("start", [influxd, minio, seaweedfs])
def test_a_server_is_gone_after_its_block(
    start: Callable[[Path], AbstractContextManager[Daemon]], tmp_path: Path
) -> None:
    before = set(psutil.Process().children(recursive=True))
    with start(tmp_path) as server:
        pid, ports = server.pid, server.ports
        assert psutil.pid_exists(pid)
    assert not psutil.pid_exists(pid)
    assert set(psutil.Process().children(recursive=True)) == before
    left = [path for port in ports for path in Path("/tmp").glob(f"*-{port}.sock")]
    assert left == []


def test_a_missing_server_skips_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_SERVERS", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"run `python scripts/servers\.py influxd`"):
        program("influxd")


def test_a_missing_server_fails_where_everything_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUTCH_SERVERS", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"minio 20260212 is not built yet"):
        program("minio")
