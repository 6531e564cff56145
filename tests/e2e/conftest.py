"""A running demo and a browser."""

from collections.abc import Iterator

import pytest

from tests.e2e.home import Home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A demo that runs for the whole session; who kills parts of it starts their own ``Home``."""
    made = Home(tmp_path_factory.mktemp("home"))
    made.start()
    yield made
    assert made.stop() == 0, f"the demo did not stop in peace; its log:\n{made.tail()}"
