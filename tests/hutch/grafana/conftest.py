"""A Grafana that one already has, empty: a stand-in, and where one is installed a real one as well."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from hutch.config import Config, parse
from hutch.grafana.client import connect
from hutch.grafana.server import Server
from tests.grafana_server import Source, grafana_server
from tests.hutch.grafana.stand_in import stand_in
from tests.influx.conftest import section
from tests.servers import Influx


@dataclass(frozen=True)
class At:
    """A Grafana under test: where it is, who administers it, and how somebody of a role gets a token."""

    url: str
    admin: httpx.Client
    token: Callable[[str], str]

    def board(self, name: str) -> Any:
        """A dashboard of ours as Grafana has it, with what it knows of it."""
        answer = self.admin.get(f"/api/dashboards/uid/hutch-{name}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def save(self, dashboard: dict[str, Any], folder: str = "hutch") -> None:
        """As somebody who saves it on a page."""
        body = {"dashboard": dashboard, "folderUid": folder, "overwrite": False}
        answer = self.admin.post("/api/dashboards/db", json=body)
        assert answer.status_code == 200, answer.text

    def source(self) -> Any:
        """Our data source as Grafana has it."""
        return self.admin.get("/api/datasources/uid/hutch-influxdb").json()

    def change_source(self, **changes: Any) -> None:
        """As somebody who saves it on a page."""
        answer = self.admin.put("/api/datasources/uid/hutch-influxdb", json=self.source() | changes)
        assert answer.status_code == 200, answer.text

    def server(self, role: str) -> Server:
        """How Hutch asks it, with a token of that role."""
        config = parse({"grafana": {"url": self.url}}, "here").grafana
        return Server(config, connect(config, {"HUTCH_GRAFANA_TOKEN": self.token(role)}))


@pytest.fixture(scope="session", params=["stand_in", "real"])
def running(
    request: pytest.FixtureRequest, influx_server: Influx, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[At]:
    """Each kind of Grafana, with nothing of ours in it."""
    if request.param == "stand_in":
        with stand_in() as held, _administered(held.url) as admin:
            yield At(held.url, admin, held.token)
        return
    provisioning = tmp_path_factory.mktemp("provisioning")
    for part in ("dashboards", "datasources", "alerting", "plugins", "notifiers"):
        (provisioning / part).mkdir()
    source = Source(influx_server.url, influx_server.org, influx_server.token)
    with (
        grafana_server(tmp_path_factory.mktemp("grafana"), provisioning, source) as real,
        _administered(real.url) as admin,
    ):
        yield At(real.url, admin, lambda role: _service_account(admin, role))


@contextmanager
def _administered(url: str) -> Iterator[httpx.Client]:
    who = {"X-WEBAUTH-USER": "ada", "X-WEBAUTH-ROLE": "Admin"}
    with httpx.Client(base_url=url, headers=who, timeout=30) as client:
        yield client


def _service_account(admin: httpx.Client, role: str) -> str:
    name = f"hutch {secrets.token_hex(8)}"
    account = admin.post("/api/serviceaccounts", json={"name": name, "role": role})
    assert account.is_success, account.text
    token = admin.post(f"/api/serviceaccounts/{account.json()['id']}/tokens", json={"name": name})
    assert token.is_success, token.text
    return str(token.json()["key"])


@pytest.fixture
def at(running: At) -> Iterator[At]:
    """One with nothing of ours in it, whatever the test before did."""
    yield running
    for path in ("folders/hutch", "folders/attic", "datasources/uid/hutch-influxdb"):
        running.admin.delete(f"/api/{path}")


@pytest.fixture
def config(at: At, influx_server: Influx) -> Config:
    """A home on a real InfluxDB, and where its Grafana is."""
    influx = section(influx_server)
    told = {
        "timezone": "Europe/Zurich",
        "influx": {"url": influx.url, "org": influx.org, "bucket_prefix": influx.bucket_prefix},
        "grafana": {"url": at.url},
        "api": {"public_url": "https://hutch.example.org", "trusted_proxies": ["127.0.0.1"]},
    }
    return parse(told, "here")


@pytest.fixture
def reading(influx_server: Influx) -> Callable[..., str]:
    """Makes a token that may read buckets of these names, or with none every bucket."""

    def make(*names: str) -> str:
        return _authorized(influx_server, names)

    return make


def _authorized(server: Influx, names: tuple[str, ...]) -> str:
    headers = {"Authorization": f"Token {server.token}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=30) as client:
        org = client.get("/api/v2/orgs", params={"org": server.org}).json()["orgs"][0]["id"]
        resources = [{"type": "buckets", "orgID": org}]
        if names:
            ids = [
                client.get("/api/v2/buckets", params={"name": name}).json()["buckets"][0]["id"]
                for name in names
            ]
            resources = [{"type": "buckets", "orgID": org, "id": each} for each in ids]
        permissions = [{"action": "read", "resource": resource} for resource in resources]
        made = client.post("/api/v2/authorizations", json={"orgID": org, "permissions": permissions})
        assert made.is_success, made.text
        return str(made.json()["token"])
