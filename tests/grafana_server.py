"""A real Grafana for tests: an installation that somebody has, on loopback, as docker-compose.yml runs it.

``HUTCH_GRAFANA_HOME`` names the installation: the folder with ``bin``, ``conf`` and ``public``. Where it is
not set the tests that need Grafana are skipped; nothing of ours fetches one.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

from tests.daemon import HOST, Daemon, free_ports
from tests.deploy.composed import FILE

HOME_VARIABLE = "HUTCH_GRAFANA_HOME"
SITE = "hutch.example.org"
_INTERPOLATED = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<how>:[-?])(?P<rest>[^}]*))?\})")
_LOGFMT = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')


def installation() -> Path:
    """The folder of the installation; skips the test where none is named."""
    named = os.environ.get(HOME_VARIABLE)
    if not named:
        pytest.skip(f"no Grafana: {HOME_VARIABLE} names no installation (its folder with bin, conf, public)")
    home = Path(named)
    if not (home / "bin" / "grafana").is_file():
        pytest.fail(f"{HOME_VARIABLE}={named} has no bin/grafana", pytrace=False)
    return home


def composed(given: Mapping[str, str]) -> dict[str, str]:
    """Grafana's environment in docker-compose.yml, with ``given`` put in where it asks for variables.

    Raises ``KeyError`` for one without a default that is not given.
    """

    def put_in(match: re.Match[str]) -> str:
        if match["name"] is None:
            return "$"
        if match["how"] == ":-":
            return given.get(match["name"]) or match["rest"]
        return given[match["name"]]

    service = yaml.safe_load(FILE.read_text())["services"]["grafana"]
    return {name: _INTERPOLATED.sub(put_in, str(value)) for name, value in service["environment"].items()}


@dataclass(frozen=True)
class Source:
    """The InfluxDB that Grafana asks."""

    url: str
    org: str
    token: str


class Grafana(Daemon):
    """Grafana over a folder of provisioning, which has to lie where ``provisioning`` says already.

    ``site`` is what people type: the host and port of the proxy before it. Believes who is said to be there
    by whoever asks from loopback, as in Compose it believes Caddy.
    """

    name = "grafana"

    def __init__(
        self,
        folder: Path,
        provisioning: Path,
        source: Source,
        *,
        site: str = SITE,
        port: int | None = None,
        **more: str,
    ) -> None:
        super().__init__(folder)
        self.home = installation()
        self.provisioning = provisioning
        self._source, self._site, self._more = source, site, more
        self.ports = free_ports(1) if port is None else (port,)

    @property
    def url(self) -> str:
        """Where it serves, with its sub path and without a slash at the end."""
        return f"http://{HOST}:{self.ports[0]}/grafana"

    def command(self) -> list[str]:
        """As its image starts it."""
        return [str(self.home / "bin" / "grafana"), "server", f"--homepath={self.home}", "--packaging=docker"]

    def environment(self) -> dict[str, str]:
        """That of docker-compose.yml; what differs on loopback is in ``_here`` and nowhere else."""
        given = {
            "HUTCH_INFLUX_URL": self._source.url,
            "HUTCH_INFLUX_ORG": self._source.org,
            "HUTCH_SITE": self._site,
            "HUTCH_GRAFANA_SECRET_KEY": "a secret of tests alone",
        }
        return composed(given) | self._here() | self._more

    def _here(self) -> dict[str, str]:
        return {
            "HUTCH_GRAFANA_INFLUX_TOKEN": self._source.token,  # the entrypoint takes it from a file
            "GF_SERVER_HTTP_ADDR": HOST,
            "GF_SERVER_HTTP_PORT": str(self.ports[0]),
            "GF_AUTH_PROXY_WHITELIST": HOST,  # whoever asks, asks from here
            "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": str(self.provisioning / "dashboards" / "home.json"),
            "GF_PATHS_PROVISIONING": str(self.provisioning),
            "GF_PATHS_DATA": str(self.folder / "data"),
            "GF_PATHS_LOGS": str(self.folder / "logs"),
            "GF_PATHS_PLUGINS": str(self.folder / "plugins"),
            "GF_LOG_MODE": "console",  # what run.sh of the image says
        }

    def answers(self) -> bool:
        """Whether it is healthy, by its own word."""
        return httpx.get(f"{self.url}/api/health", timeout=2).is_success

    @contextmanager
    def client(self, name: str = "ada", role: str = "Admin") -> Iterator[httpx.Client]:
        """Somebody whom the proxy would have let in under this name with this role of Grafana's."""
        headers = {"X-WEBAUTH-USER": name, "X-WEBAUTH-ROLE": role}
        with httpx.Client(base_url=self.url, headers=headers, timeout=60) as made:
            yield made

    def logged(self, *levels: str) -> list[dict[str, str]]:
        """The lines of its log with one of ``levels``, such as ``error``, by what each part is called."""
        lines = self.log.read_text(errors="replace").splitlines()
        told = [dict(_parts(line)) for line in lines]
        return [line for line in told if line.get("level") in levels]


def _parts(line: str) -> Iterator[tuple[str, str]]:
    for name, value in _LOGFMT.findall(line):
        yield name, value[1:-1] if value.startswith('"') else value


def version(home: Path) -> tuple[int, int]:
    """Major and minor number of an installation, from what it says of itself."""
    told = subprocess.run(
        [home / "bin" / "grafana", "--version"], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    found = re.search(r"(\d+)\.(\d+)", told)
    assert found is not None, f"{home} has no version: {told!r}"
    return int(found[1]), int(found[2])


@contextmanager
def grafana_server(
    folder: Path,
    provisioning: Path,
    source: Source,
    *,
    site: str = SITE,
    port: int | None = None,
    **more: str,
) -> Iterator[Grafana]:
    """A new Grafana with its data in ``folder``, gone when the block ends; ``more`` is environment."""
    server = Grafana(folder, provisioning, source, site=site, port=port, **more)
    try:
        server.start()
        yield server
    finally:
        server.stop()
