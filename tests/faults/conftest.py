"""Buckets of one's own for each test of faults."""

import pytest

from tests.faults.stored import Home, home_on
from tests.servers import Influx


@pytest.fixture
def home(influx_server: Influx) -> Home:
    """Empty buckets on the server that all tests share: whoever stops it starts their own."""
    return home_on(influx_server)
