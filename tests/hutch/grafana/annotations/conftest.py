"""Two Grafanas that the same tests run on, a home whose events have clips, and either store."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from hutch.config import Config, parse
from hutch.grafana.annotations import Site
from hutch.grafana.client import connect
from hutch.grafana.graphs import Graphs
from hutch.grafana.reconcile import Reconciler
from influx.store import Store
from tests.grafana_server import Source, grafana_server
from tests.hutch.grafana.annotations.held import Held, held
from tests.influx.conftest import connected

PAGES = "https://hutch.example.org"


@dataclass(frozen=True)
class Notes:
    """A Grafana whose graphs are written on; ``held`` is None for a real one."""

    url: str
    token: Callable[[str], str]
    held: Held | None = None

    def config(self, *, timeout: float = 30) -> Config:
        """A home that has its clips there."""
        told = {
            "api": {"public_url": PAGES, "trusted_proxies": ["127.0.0.1"]},
            "locations": [{"name": "cage", "label": "Miso's cage"}],
            "grafana": {"url": self.url, "timeout": timeout},
        }
        return parse(told, "here")

    def graphs(self, role: str = "Editor", *, timeout: float = 30, most: int = 1000) -> Graphs:
        """How Hutch asks it, with a token of that role."""
        config = self.config(timeout=timeout).grafana
        return Graphs(config, connect(config, {"HUTCH_GRAFANA_TOKEN": self.token(role)}), most=most)


def of_held(state: Held) -> Notes:
    """The stand-in as one."""
    return Notes(state.url, state.token, state)


@pytest.fixture(scope="session", params=["held", "real"])
def any_notes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notes]:
    """The stand-in, and a real Grafana where one is installed."""
    with ExitStack() as stack:
        if request.param == "held":
            yield of_held(stack.enter_context(held()))
            return
        provisioning = tmp_path_factory.mktemp("nothing")
        server = stack.enter_context(
            grafana_server(
                tmp_path_factory.mktemp("grafana"), provisioning, Source("http://127.0.0.1:1", "", "")
            )
        )
        headers = {"X-WEBAUTH-USER": "ada", "X-WEBAUTH-ROLE": "Admin"}
        admin = stack.enter_context(httpx.Client(base_url=server.url, headers=headers, timeout=30))

        def token(role: str) -> str:
            name = f"hutch {secrets.token_hex(8)}"
            account = admin.post("/api/serviceaccounts", json={"name": name, "role": role}).json()
            made = admin.post(f"/api/serviceaccounts/{account['id']}/tokens", json={"name": name})
            return str(made.json()["key"])

        yield Notes(server.url, token)


@pytest.fixture
def notes() -> Iterator[Held]:
    """The stand-in, empty."""
    with held() as state:
        yield state


@pytest.fixture(params=["embedded", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of store, empty."""
    with connected(request, tmp_path) as store:
        yield store


@pytest.fixture
def reconciler(store: Store, notes: Held) -> Reconciler:
    """What brings the stand-in in line with the store."""
    return reconciling(store, of_held(notes))


def reconciling(store: Store, notes: Notes, *, timeout: float = 30) -> Reconciler:
    """The same for any Grafana."""
    return Reconciler(store, notes.graphs(timeout=timeout), Site(PAGES, {"cage": "Miso's cage"}), nullcontext)
