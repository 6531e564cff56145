"""What every test may ask for: real servers, started when first asked for, and how often to try."""

from collections.abc import Iterator

import pytest

from tests.servers import Influx, S3Server, influxd, minio, seaweedfs


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make soak` ask for more rounds than `make test` has time for."""
    parser.addoption(
        "--rounds", type=int, default=5, help="how often a test of kills and faults repeats them"
    )


@pytest.fixture(scope="session")
def rounds(pytestconfig: pytest.Config) -> int:
    """How often a test of kills and faults repeats them."""
    count: int = pytestconfig.getoption("rounds")
    return count


@pytest.fixture(scope="session")
def influx_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influx]:
    """InfluxDB for everybody; who stops it starts their own by ``tests.servers.influxd``."""
    with influxd(tmp_path_factory.mktemp("influxd")) as server:
        yield server


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
