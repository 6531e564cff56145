"""Buckets of one's own for each test of faults."""

from collections.abc import Iterator

import pytest

from tests.faults.stored import Home, home_on
from tests.servers import Influx, influxd


@pytest.fixture
def home(influx_server: Influx) -> Home:
    """Empty buckets on the server that all tests share."""
    return home_on(influx_server)


@pytest.fixture
def home_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Empty buckets on a server of the test's own, to stop and start."""
    with influxd(tmp_path_factory.mktemp("influxd")) as server:
        yield home_on(server)
