"""Fixtures of the API's tests: a home, and a client of a real server over it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.home import Home, a_home, serving


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home with real stores in a folder of its own."""
    with a_home(tmp_path) as made:
        yield made


@pytest.fixture
def client(home: Home) -> Iterator[httpx.Client]:
    """A client of a real server over ``home``."""
    with serving(home) as made:
        yield made
