"""Fixtures of the API's tests: a home, and a client of a real server over it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.api.home import Home, a_home, a_store_that_is_away, serving
from tests.api.lived_in import live_in
from tests.api.running_camera import camera
from tests.browser import Visit, chromium, visiting


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home with real stores in a folder of its own."""
    with a_home(tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def empty_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of one server for all tests that store nothing, over a home where nothing happened."""
    with a_home(tmp_path_factory.mktemp("empty")) as made, serving(made) as client:
        yield client


@pytest.fixture
def cut_off(tmp_path: Path) -> Iterator[tuple[Home, httpx.Client]]:
    """A home whose store is away, and a client of its server."""
    with a_home(tmp_path, a_store_that_is_away()) as made, serving(made) as client:
        yield made, client


@pytest.fixture
def client(home: Home) -> Iterator[httpx.Client]:
    """A client of a real server over ``home``."""
    with serving(home) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for a module: while it runs no other test can run an event loop in the main thread."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def visit(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """Visits a home that is lived in, with one camera that runs and one that is away."""
    folder = tmp_path_factory.mktemp("lived")
    with a_home(folder) as home, camera(folder, "cage"), serving(live_in(home)):
        yield partial(visiting, browser, home.url)
