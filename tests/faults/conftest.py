"""Buckets of one's own for each test of faults, all of which `make soak` runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.stored import Home, home_on
from tests.servers import Influx, influxd


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those without rounds too."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.soak)


@pytest.fixture
def home(influx_server: Influx) -> Home:
    """Empty buckets on the server that all tests share."""
    return home_on(influx_server)


@pytest.fixture
def home_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Empty buckets on a server of the test's own, to stop and start."""
    with influxd(tmp_path_factory.mktemp("influxd")) as server:
        yield home_on(server)
