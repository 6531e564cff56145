"""Real servers for the tests: InfluxDB and two S3 stores, on loopback, with keys made for the occasion.

``make servers`` gets the programs. Where one is missing its tests are skipped with the reason, or fail
where ``CI=true`` says that everything must be there.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from scripts import servers
from tests.daemon import HOST, Daemon, StartFailed


def program(name: str) -> Path:
    """The server's program; skips the test where it is missing, fails it in CI."""
    try:
        return servers.program(name)
    except servers.Missing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


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

    @property
    def url(self) -> str:
        """Its address; the same through every restart."""
        return f"http://{HOST}:{self.ports[0]}"

    def command(self) -> list[str]:
        """With its data in the folder, nothing sent home and caches for a small machine."""
        return [
            str(self._program),
            f"--http-bind-address={HOST}:{self.ports[0]}",
            f"--bolt-path={self.folder / 'influxd.bolt'}",
            f"--sqlite-path={self.folder / 'influxd.sqlite'}",
            f"--engine-path={self.folder / 'engine'}",
            f"--storage-cache-max-memory-size={256 * 2**20}",
            "--reporting-disabled",
            "--ui-disabled",
            "--pprof-disabled",
        ]

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


@contextmanager
def influxd(folder: Path) -> Iterator[Influx]:
    """A new InfluxDB with its data in ``folder``, set up, and gone when the block ends."""
    server = Influx(folder)
    try:
        server.start()
        server.set_up()
        yield server
    finally:
        server.stop()
