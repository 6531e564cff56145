"""A home on a real InfluxDB, seeded once for all tests of dashboards."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

import pytest

from grafana.home import Home
from influx.config import Location
from influx.server import ServerStore
from tests.grafana.as_grafana import Asker
from tests.grafana.seeded import ZONE, Seeded, now, seed
from tests.influx.conftest import section
from tests.servers import Influx


@dataclass(frozen=True)
class Lived:
    """A seeded home: its points, the store they are in, what dashboards are made with, and who asks."""

    seeded: Seeded
    store: ServerStore
    home: Home
    ask: Asker


@pytest.fixture(scope="session")
def lived(influx_server: Influx) -> Iterator[Lived]:
    """A fortnight of one home, with rollups, in buckets of its own."""
    config = section(influx_server, keep=True)
    place = Location(name="nursery", temperature_low=18, temperature_high=22)
    home = Home(ZONE, config.bucket_prefix, locations=(place,))
    timeout = timedelta(seconds=60)
    with closing(
        ServerStore(
            influx_server.url, influx_server.org, influx_server.token, prefix=home.prefix, timeout=timeout
        )
    ) as store:
        asker = Asker(influx_server.url, influx_server.org, influx_server.token)
        yield Lived(seed(store, now()), store, home, asker)
