"""A real Grafana over a real InfluxDB with a seeded home; skipped where no installation is named."""

from collections.abc import Iterator

import httpx
import pytest

from grafana.build import dashboards
from tests.daemon import until
from tests.grafana.conftest import Lived
from tests.grafana.real.adapted import Version, provisioned
from tests.grafana_server import Grafana, Source, grafana_server, installation, version
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


@pytest.fixture(scope="session")
def admin(grafana: Grafana) -> Iterator[httpx.Client]:
    """Somebody who administers it; its addresses begin behind the sub path."""
    with grafana.client() as client:
        yield client
