"""A real Grafana over a real InfluxDB with a seeded home; skipped where no installation is named."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser

from grafana.build import dashboards
from grafana.home import Home
from hutch.grafana.annotations import Site
from hutch.grafana.client import connect
from hutch.grafana.config import GrafanaSection
from hutch.grafana.graphs import Graphs
from hutch.grafana.reconcile import Reconciler, steps
from influx.server import ServerStore
from tests.api.furnished import standing_still
from tests.api.home import a_home
from tests.api.running_camera import camera
from tests.browser import chromium
from tests.daemon import free_ports, until
from tests.deploy.front import Front, behind_caddy
from tests.grafana.conftest import Lived
from tests.grafana.real.adapted import Version, provisioned
from tests.grafana.real.lively import enliven
from tests.grafana.seeded import now
from tests.grafana_server import Grafana, Source, grafana_server, installation, version
from tests.influx.conftest import section
from tests.servers import Influx


@pytest.fixture(scope="session")
def grafana_version() -> Version:
    """Of the installation that is named; skips where none is."""
    return version(installation())


@pytest.fixture(scope="session")
def grafana(
    grafana_version: Version,
    influx_server: Influx,
    lived: Lived,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Grafana]:
    """Grafana with everything that is made for the seeded home."""
    source = Source(influx_server.url, influx_server.org, influx_server.token)
    folder = provisioned(lived.home, tmp_path_factory.mktemp("provisioning"), grafana_version)
    with grafana_server(tmp_path_factory.mktemp("grafana"), folder, source) as server:
        until("every dashboard is there", lambda: len(boards(server)) == len(dashboards(lived.home)), 30)
        yield server


def boards(server: Grafana) -> dict[str, str]:
    """The title of each dashboard that Grafana knows, by its uid; it reads files after it serves already."""
    with server.client() as client:
        return {each["uid"]: each["title"] for each in client.get("/api/search?type=dash-db").json()}


@dataclass(frozen=True)
class Stack:
    """The front of docker-compose.yml with nothing left out: Caddy, the API over a lively home, Grafana."""

    front: Front
    grafana: Grafana
    dashboards: Home


@pytest.fixture(scope="session")
def stack(
    grafana_version: Version, influx_server: Influx, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """A home of a fortnight behind Caddy, where ada is the owner and gus may look; two cameras run."""
    folder = tmp_path_factory.mktemp("stack")
    config = section(influx_server, keep=True)
    store = ServerStore(
        influx_server.url, influx_server.org, influx_server.token, prefix=config.bucket_prefix
    )
    (port,) = free_ports(1)
    with ExitStack() as held:
        home = enliven(held.enter_context(a_home(folder, store, now())))
        held.enter_context(camera(folder, "scripted", play=standing_still(33)))
        held.enter_context(camera(folder, "cot", play=standing_still(0)))
        front = held.enter_context(behind_caddy(folder, home, port))
        shown = Home(home.context.timezone, config.bucket_prefix, locations=home.context.locations)
        provisioning = provisioned(shown, tmp_path_factory.mktemp("provisioning"), grafana_version)
        source = Source(influx_server.url, influx_server.org, influx_server.token)
        site = front.caddy.url.removeprefix("https://")
        server = held.enter_context(
            grafana_server(tmp_path_factory.mktemp("grafana"), provisioning, source, site=site, port=port)
        )
        until("every dashboard is there", lambda: len(boards(server)) == len(dashboards(shown)), 30)
        draw_clips(front, server)
        yield Stack(front, server, shown)


def draw_clips(front: Front, server: Grafana) -> None:
    """Put every clip on the graphs, as Hutch does by itself."""
    context = front.home.context
    config = GrafanaSection(url=server.url, as_user="hutch:notes")
    site = Site(front.caddy.url, {place.name: place.label for place in context.locations})
    reconciler = Reconciler(context.store, Graphs(config, connect(config, {})), site, nullcontext)
    made = Counter[str]()
    for part in steps(context.store, front.home.clock.moment):
        made += reconciler.reconcile(part)
    assert made["added"] > 10, made


@pytest.fixture(scope="session")
def admin(grafana: Grafana) -> Iterator[httpx.Client]:
    """Somebody who administers it; its addresses begin behind the sub path."""
    with grafana.client() as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for a module: while it runs no other test can run an event loop in the main thread."""
    with chromium() as running:
        yield running
