"""Two stores that hold the same, empty at first; names are a test's own."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from influx.config import InfluxSection
from influx.connect import connect
from influx.server import ServerStore
from influx.store import Store
from tests.grafana.alerting.room import Room
from tests.grafana.as_grafana import Asker
from tests.influx.conftest import FOREVER, section
from tests.servers import Influx


@pytest.fixture
def room(influx_server: Influx, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room with stores of its own, so that one test's home is not seen by another."""
    server = influx_server
    prefix = section(server).bucket_prefix
    embedded: Store = connect(InfluxSection(retention=FOREVER), tmp_path_factory.mktemp("room"))
    timeout = timedelta(seconds=60)
    with (
        closing(embedded),
        closing(ServerStore(server.url, server.org, server.token, prefix=prefix, timeout=timeout)) as store,
    ):
        yield Room(embedded, store, Asker(server.url, server.org, server.token), prefix)
