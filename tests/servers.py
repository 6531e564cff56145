"""Real servers for the tests: InfluxDB, two S3 stores, an MQTT broker, on loopback with keys of their own.

``make servers`` gets the programs. Where one is missing its tests are skipped with the reason, or fail
where ``CI=true`` says that everything must be there.
"""

import base64
import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from scripts import servers
from tests.daemon import HOST, Daemon, StartFailed
from tests.needs import lacking

SETTINGS = Path(__file__).parent.parent / "influx" / "influxd.toml"
"""What InfluxDB is told on a small machine; here too, so that it is what tests and benchmarks run on."""


def program(name: str) -> Path:
    """The server's program; skips the test where it is missing, fails it in CI."""
    try:
        return servers.program(name)
    except servers.Missing as missing:
        lacking(str(missing))


class Influx(Daemon):
    """InfluxDB 2, set up with one organisation and an operator token that may do everything."""

    name = "influxd"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.org = "hutch"
        self.username = "operator"
        self.password = secrets.token_urlsafe(24)
        self.token = secrets.token_urlsafe(48)
        self._program = program(self.name)
        self.kept: set[str] = {"_", "setup"}
        """How the names of the buckets begin that ``clear`` leaves."""

    @property
    def url(self) -> str:
        """Its address; the same through every restart."""
        return f"http://{HOST}:{self.ports[0]}"

    def command(self) -> list[str]:
        """With our settings for a small machine, but its data in the folder and a port of its own."""
        return [
            str(self._program),
            f"--http-bind-address={HOST}:{self.ports[0]}",
            f"--bolt-path={self.folder / 'influxd.bolt'}",
            f"--sqlite-path={self.folder / 'influxd.sqlite'}",
            f"--engine-path={self.folder / 'engine'}",
            "--ui-disabled",
        ]

    def environment(self) -> dict[str, str]:
        """Where our settings are, and the limit that they ask for."""
        return {"INFLUXD_CONFIG_PATH": str(SETTINGS), "GOMEMLIMIT": "250MiB"}

    def answers(self) -> bool:
        """Whether it is healthy, by its own word."""
        return httpx.get(f"{self.url}/health", timeout=2).status_code == httpx.codes.OK

    def set_up(self) -> None:
        """Make the organisation, the operator and the token, as the first visitor of a new server does."""
        answer = httpx.post(
            f"{self.url}/api/v2/setup",
            json={
                "username": self.username,
                "password": self.password,
                "org": self.org,
                "bucket": "setup",
                "token": self.token,
            },
            timeout=30,
        )
        if answer.status_code != httpx.codes.CREATED:
            raise StartFailed(f"influxd refused its setup with {answer.status_code}: {answer.text}")

    def clear(self) -> None:
        """Delete every bucket and task whose name does not begin as ``kept`` says."""
        headers = {"Authorization": f"Token {self.token}"}
        with httpx.Client(base_url=f"{self.url}/api/v2", headers=headers, timeout=60) as client:
            for kind in ("tasks", "buckets"):
                found = list(_listed(client, kind))
                for each in found:
                    if not each["name"].startswith(tuple(self.kept)):
                        client.delete(f"/{kind}/{each['id']}").raise_for_status()


def _listed(client: httpx.Client, kind: str) -> Iterator[dict[str, str]]:
    """All of ``kind``, page by page."""
    after: dict[str, str] = {}
    while page := client.get(f"/{kind}", params={"limit": "100", **after}).raise_for_status().json()[kind]:
        yield from page
        after = {"after": page[-1]["id"]}


@contextmanager
def influxd(folder: Path) -> Iterator[Influx]:
    """A new InfluxDB with its data in ``folder``, set up, and gone when the block ends."""
    with empty_influxd(folder) as server:
        server.set_up()
        yield server


@contextmanager
def empty_influxd(folder: Path) -> Iterator[Influx]:
    """The same before anybody has set it up."""
    server = Influx(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()


class Mosquitto(Daemon):
    """Debian's MQTT broker, for one user with a password, who may do everything."""

    name = "mosquitto"

    def __init__(self, folder: Path, tls: tuple[Path, Path] | None = None) -> None:
        super().__init__(folder)
        self._tls = tls
        self.username = "hutch"
        self.password = secrets.token_urlsafe(24)
        # Not on the PATH of everybody: it is a daemon's place.
        found = shutil.which(self.name) or shutil.which(self.name, path="/usr/sbin:/opt/homebrew/sbin")
        if found is None:
            lacking("there is no `mosquitto`: install the package of that name")
        self._program = found

    def command(self) -> list[str]:
        """With its sessions in the folder, so that a restart does not end them; root stays root."""
        path = self.folder / "mosquitto.conf"
        tls = "certfile {}\nkeyfile {}\n".format(*self._tls) if self._tls else ""
        path.write_text(
            f"listener {self.ports[0]} {HOST}\n{tls}allow_anonymous false\n"
            f"password_file {self._passwords()}\n"
            f"persistence true\npersistence_location {self.folder}/\nautosave_on_changes true\n"
            "autosave_interval 1\nuser root\nlog_dest stderr\nlog_type all\n"
        )
        return [self._program, "-c", str(path)]

    def answers(self) -> bool:
        """It listens, which ``Daemon`` has seen; a broker has nothing more to ask."""
        return True

    def _passwords(self) -> Path:
        """Its own format: salted PBKDF2 (``mosquitto_passwd`` of 2.0 writes it with 101 rounds)."""
        path, salt = self.folder / "passwords", secrets.token_bytes(12)
        key = hashlib.pbkdf2_hmac("sha512", self.password.encode(), salt, 101)
        told = (base64.b64encode(part).decode() for part in (salt, key))
        path.write_text(f"{self.username}:$7$101${'$'.join(told)}\n")
        path.chmod(0o600)
        return path


@contextmanager
def mosquitto(folder: Path, tls: tuple[Path, Path] | None = None) -> Iterator[Mosquitto]:
    """A new MQTT broker with its sessions in ``folder``, gone when the block ends.

    ``tls`` is its certificate and its key, where it speaks TLS.
    """
    server = Mosquitto(folder, tls)
    try:
        server.start()
        yield server
    finally:
        server.stop()


class S3Server(Daemon):
    """An S3 store with one pair of keys that may do everything; anonymous requests are refused."""

    secure = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.access_key = secrets.token_hex(10)
        self.secret_key = secrets.token_urlsafe(30)
        self._program = program(self.name)

    @property
    def endpoint(self) -> str:
        """Its host and port; the same through every restart."""
        return f"{HOST}:{self.ports[0]}"


class Minio(S3Server):
    """MinIO on one folder, without its web page."""

    name = "minio"

    def command(self) -> list[str]:
        """Keeping its settings and certificates in the folder too."""
        certificates = self.folder / "certificates"
        data = self.folder / "data"
        return [
            str(self._program),
            "server",
            f"--address={self.endpoint}",
            f"--certs-dir={certificates}",
            str(data),
        ]

    def environment(self) -> dict[str, str]:
        """The keys, and no visits to upstream."""
        return {
            "MINIO_ROOT_USER": self.access_key,
            "MINIO_ROOT_PASSWORD": self.secret_key,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
        }

    def answers(self) -> bool:
        """Whether it can write, by its own word."""
        return httpx.get(f"http://{self.endpoint}/minio/health/cluster", timeout=2).is_success


class SeaweedFS(S3Server):
    """SeaweedFS in one process: master, volume, filer, S3, and an administrator it insists on."""

    name = "weed"
    port_count = 10
    grace_seconds = 4.0
    """With connections open it takes SIGTERM but goes on for long."""

    def command(self) -> list[str]:
        """The small form of the server; every port is named, or it takes well-known ones."""
        parts = ("s3", "master", "volume", "filer", "admin")
        names = [name for part in parts for name in (f"{part}.port", f"{part}.port.grpc")]
        return [
            str(self._program),
            "mini",
            f"-dir={self.folder / 'data'}",
            f"-ip={HOST}",
            f"-ip.bind={HOST}",
            *(f"-{name}={port}" for name, port in zip(names, self.ports, strict=True)),
            f"-s3.config={self._identities()}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-webdav=false",
            "-admin.ui=false",
            "-master.telemetry=false",
            "-volume.preStopSeconds=0",
        ]

    def answers(self) -> bool:
        """Whether its last part is up, which it starts when all others are."""
        return httpx.get(f"http://{self.endpoint}/healthz", timeout=2).is_success

    def tidy(self) -> None:
        """Remove the sockets it leaves in the temporary folder."""
        for port in self.ports:
            for socket in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                socket.unlink(missing_ok=True)

    def _identities(self) -> Path:
        path = self.folder / "identities.json"
        keys = {"accessKey": self.access_key, "secretKey": self.secret_key}
        rights = ["Admin", "Read", "Write", "List", "Tagging"]
        identity = {"name": "operator", "credentials": [keys], "actions": rights}
        path.write_text(json.dumps({"identities": [identity]}))
        return path


@contextmanager
def minio(folder: Path) -> Iterator[S3Server]:
    """A new MinIO with its data in ``folder``, gone when the block ends."""
    with _running(Minio(folder)) as server:
        yield server


@contextmanager
def seaweedfs(folder: Path) -> Iterator[S3Server]:
    """A new SeaweedFS with its data in ``folder``, gone when the block ends."""
    with _running(SeaweedFS(folder)) as server:
        yield server


@contextmanager
def _running(server: S3Server) -> Iterator[S3Server]:
    (server.folder / "data").mkdir()
    try:
        server.start()
        yield server
    finally:
        server.stop()
