"""The stores that the conformance suite runs over."""

import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from influx.apply import apply
from influx.buckets import BUCKETS
from influx.config import InfluxSection, Retention
from influx.connect import TOKEN_VARIABLE, connect
from influx.store import Store
from tests.servers import Influx

FOREVER = Retention(**dict.fromkeys(BUCKETS))
_prefixes = (f"test{number}_" for number in itertools.count())


def section(server: Influx, retention: Retention = FOREVER, *, keep: bool = False) -> InfluxSection:
    """The configuration for buckets of one's own on ``server``, which are made; ``keep`` lasts."""
    config = InfluxSection(url=server.url, org=server.org, bucket_prefix=next(_prefixes), retention=retention)
    if keep:
        server.kept.add(config.bucket_prefix)
    apply(config, environment={TOKEN_VARIABLE: server.token})
    return config


@pytest.fixture(scope="module", params=["embedded", "server"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Each kind of store, empty, keeping everything for ever; shared by the tests of a module."""
    with connected(request, tmp_path_factory.mktemp("store")) as store:
        yield store


@contextmanager
def connected(request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    """The store of the kind that ``request`` is parametrised with, empty, keeping everything for ever."""
    with pytest.MonkeyPatch.context() as environment:
        if request.param == "embedded":
            config = InfluxSection(retention=FOREVER)
        else:
            server: Influx = request.getfixturevalue("influx_server")
            config = section(server)
            environment.setenv(TOKEN_VARIABLE, server.token)
        with closing(connect(config, folder)) as store:
            yield store
