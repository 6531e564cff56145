"""Fixtures that every test may ask for: real servers, started when first asked for, one each a test run."""

from collections.abc import Iterator

import pytest

from tests.servers import Influx, influxd


@pytest.fixture(scope="session")
def influx_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influx]:
    """InfluxDB for everybody; who stops it starts their own by ``tests.servers.influxd``."""
    with influxd(tmp_path_factory.mktemp("influxd")) as server:
        yield server
