"""The stores as docker-compose.yml starts them, but for folders and ports that are a test's own."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from minio import Minio
from minio.error import S3Error

from tests.daemon import HOST, Daemon
from tests.deploy.composed import FILE, ROOT
from tests.servers import program

KEYS = {
    "HUTCH_S3_ACCESS_KEY": "0123456789abcdef0123",
    "HUTCH_S3_SECRET_KEY": "a secret of thirty-two characters",
}


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())["services"][name]
    return found


class Composed(Daemon):
    """A service with its own arguments and environment, in which ``places`` are put for what they say."""

    def __init__(self, folder: Path, name: str, places: dict[str, str]) -> None:
        super().__init__(folder)
        self._service, self._places = service(name), places
        self.name = self._service["entrypoint"][0]
        self._program = str(program(self.name))

    def _here(self, text: str) -> str:
        for place, here in self._places.items():
            text = text.replace(place, here)
        return text

    def command(self) -> list[str]:
        return [self._program, *(self._here(word) for word in self._service["command"]), *self.more()]

    def environment(self) -> dict[str, str]:
        told = {}
        for key, value in self._service["environment"].items():
            name = value.removeprefix("${").split(":?")[0]
            told[key] = KEYS.get(name) or self._here(value)
        return told

    def more(self) -> list[str]:
        """What only a machine with other servers needs."""
        return []


class ComposedInflux(Composed):
    """InfluxDB on the settings that the repository mounts, where the address is another."""

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "INFLUXD_HTTP_BIND_ADDRESS": f"{HOST}:{self.ports[0]}"}

    def answers(self) -> bool:
        return httpx.get(f"http://{HOST}:{self.ports[0]}/health", timeout=2).is_success


class ComposedSeaweed(Composed):
    """SeaweedFS; a port of its own for every part of it, which in a container nobody disputes."""

    port_count = 10
    grace_seconds = 4.0

    def more(self) -> list[str]:
        parts = ("s3", "master", "volume", "filer", "admin")
        names = [name for part in parts for name in (f"{part}.port", f"{part}.port.grpc")]
        return [f"-{name}={port}" for name, port in zip(names, self.ports, strict=True)]

    def answers(self) -> bool:
        return httpx.get(f"http://{HOST}:{self.ports[0]}/healthz", timeout=2).is_success

    def tidy(self) -> None:
        for port in self.ports:
            for socket in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                socket.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposedSeaweed]:
    folder = tmp_path_factory.mktemp("seaweed")
    (folder / "data").mkdir()
    made = ComposedSeaweed(folder, "seaweedfs", {"/data": str(folder / "data"), "0.0.0.0": HOST})
    try:
        made.start()
        yield made
    finally:
        made.stop()


def put(store: Daemon, access_key: str | None, secret_key: str | None) -> str:
    """The answer of the store to who makes a bucket and puts a file into it; nothing where it does."""
    client = Minio(f"{HOST}:{store.ports[0]}", access_key=access_key, secret_key=secret_key, secure=False)
    try:
        if not client.bucket_exists("clips"):
            client.make_bucket("clips")
        client.put_object("clips", "a.mp4", io.BytesIO(b"clip"), 4)
    except S3Error as refused:
        return str(refused.code)
    return ""


def test_seaweedfs_takes_our_keys_and_no_others(seaweed: ComposedSeaweed) -> None:
    assert put(seaweed, *KEYS.values()) == ""
    for access_key, secret_key in (
        (KEYS["HUTCH_S3_ACCESS_KEY"], "another"),
        ("any", "any"),
        (None, None),
    ):
        assert put(seaweed, access_key, secret_key), f"{access_key} was let in"


def test_influxdb_listens_to_others_and_keeps_our_settings(tmp_path: Path) -> None:
    """Its environment has the last word over the file, which says that it is for this machine alone."""
    places = {"/var/lib/influxdb2": str(tmp_path), "/etc/influxd.toml": str(ROOT / "influx" / "influxd.toml")}
    server = ComposedInflux(tmp_path, "influxdb", places)
    try:
        server.start()
        assert (tmp_path / "engine").is_dir()
        assert (tmp_path / "influxd.bolt").is_file()
        assert httpx.get(f"http://{HOST}:{server.ports[0]}/debug/pprof/", timeout=5).status_code != 200
    finally:
        server.stop()


def test_the_checks_of_health_ask_what_the_servers_answer() -> None:
    asked = {name: service(name)["healthcheck"]["test"][-1] for name in ("minio", "seaweedfs")}
    assert asked == {
        "minio": "http://127.0.0.1:9000/minio/health/cluster",
        "seaweedfs": "http://127.0.0.1:9000/healthz",
    }
