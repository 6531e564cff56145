"""The servers that other tests rely on: they start, answer, keep to loopback and leave nothing behind."""

import io
from pathlib import Path

import httpx
import psutil
import pytest
from minio import Minio

from tests.servers import Influx, S3Server, influxd


def test_influxdb_is_set_up_for_its_operator_alone(influx_server: Influx) -> None:
    url = f"{influx_server.url}/api/v2/buckets"
    assert httpx.get(url).status_code == httpx.codes.UNAUTHORIZED
    answer = httpx.get(url, headers={"Authorization": f"Token {influx_server.token}"})
    assert answer.status_code == httpx.codes.OK
    assert {bucket["name"] for bucket in answer.json()["buckets"]} == {"setup", "_monitoring", "_tasks"}


def test_influxdb_keeps_its_points_and_its_address_through_a_kill(tmp_path: Path) -> None:
    with influxd(tmp_path) as server:
        url, pid = server.url, server.pid
        headers = {"Authorization": f"Token {server.token}"}
        bucket = {"org": server.org, "bucket": "setup"}
        httpx.post(
            f"{url}/api/v2/write", params=bucket, headers=headers, content="a b=1 1"
        ).raise_for_status()
        server.kill()
        assert not psutil.pid_exists(pid)
        server.start()
        assert server.url == url
        flux = 'from(bucket: "setup") |> range(start: 0)'
        answer = httpx.post(
            f"{url}/api/v2/query",
            params={"org": server.org},
            headers=headers | {"Content-Type": "application/vnd.flux"},
            content=flux,
        )
        assert ",a" in answer.text
        pid = server.pid
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("fixture", ["minio_server", "seaweedfs_server"])
def test_an_s3_store_takes_its_keys_alone_and_gives_back_what_it_got(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    server: S3Server = request.getfixturevalue(fixture)
    assert httpx.get(f"http://{server.endpoint}/").status_code == httpx.codes.FORBIDDEN
    client = Minio(
        server.endpoint, access_key=server.access_key, secret_key=server.secret_key, secure=server.secure
    )
    client.make_bucket("first")
    client.put_object("first", "a/b", io.BytesIO(b"x" * 100_000), 100_000)
    assert client.stat_object("first", "a/b").size == 100_000
    with client.get_object("first", "a/b") as answer:
        assert answer.read() == b"x" * 100_000
