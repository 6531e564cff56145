"""What every test may ask for: real servers, started when first asked for, and how often to try."""

import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import lacking
from tests.servers import Influx, S3Server, influxd, minio, seaweedfs

_influx: list[Influx] = []
"""The one for everybody, once somebody asked for it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make soak` ask for more rounds than `make test` has time for, and a failure be repeated."""
    parser.addoption(
        "--rounds", type=int, default=5, help="how often a test of kills and faults repeats them"
    )
    parser.addoption(
        "--seed", type=int, default=random.randrange(2**32), help="decides what tests leave to chance"
    )


def pytest_configure() -> None:
    """Let what the tests start be interrupted where they run in the background, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for rounds is what `make soak` runs."""
    for item in items:
        if "rounds" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.soak)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how to have the same chances again."""
    terminalreporter.write_line(f"--rounds {config.getoption('rounds')} --seed {config.getoption('seed')}")


@pytest.fixture(scope="session")
def rounds(pytestconfig: pytest.Config) -> int:
    """How often a test of kills and faults repeats them."""
    count: int = pytestconfig.getoption("rounds")
    return count


@pytest.fixture
def chance(pytestconfig: pytest.Config) -> random.Random:
    """What a test leaves to chance; the same again with the `--seed` that every run prints."""
    return random.Random(pytestconfig.getoption("seed"))


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that keeps what was synced; Linux with a C compiler only."""
    compiler = shutil.which("cc")
    if not sys.platform.startswith("linux") or compiler is None:
        lacking("what was synced can only be followed on Linux with a C compiler (cc)")
    library = tmp_path_factory.mktemp("shim") / "synced.so"
    source = Path(__file__).with_name("synced.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture(scope="session")
def influx_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influx]:
    """InfluxDB for everybody; who stops it starts their own by ``tests.servers.influxd``."""
    with influxd(tmp_path_factory.mktemp("influxd")) as server:
        _influx.append(server)
        yield server
        _influx.clear()


@pytest.fixture(scope="module", autouse=True)
def _leftovers() -> Iterator[None]:
    """Takes away the buckets and tasks of a module that is done: idle ones by the hundred burn a core."""
    yield
    for server in _influx:
        server.clear()


@pytest.fixture(scope="session")
def minio_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """MinIO for everybody; who stops it starts their own by ``tests.servers.minio``."""
    with minio(tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(scope="session")
def seaweedfs_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """SeaweedFS for everybody; who stops it starts their own by ``tests.servers.seaweedfs``."""
    with seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server
