"""Opening the store that the configuration names, and the tokens that open it."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path

from influx.config import InfluxSection
from influx.embedded import EmbeddedStore
from influx.store import Store

TOKEN_VARIABLE = "HUTCH_INFLUX_TOKEN"  # noqa: S105


class Role(StrEnum):
    """Who comes to InfluxDB; each has a token of its own, which may do what the role needs and no more."""

    OPERATOR = "operator"
    """Sets up the server: may do everything, and is asked for by ``hutch influx`` alone."""
    WRITER = "writer"
    """Writes, and corrects by deleting, what sensors, cameras and people say."""
    READER = "reader"
    """Reads for the API and its pages."""
    GRAFANA = "grafana"
    """Reads for Grafana."""
    TASKS = "tasks"
    """Reads what was recorded, writes what is worked out from it."""


class TokenMissing(Exception):
    """There is no token for the configured InfluxDB; the message says where one is looked for."""


def connect(config: InfluxSection, data_dir: Path) -> Store:
    """The store of ``config``: InfluxDB where it has a url, else ``points.sqlite`` in ``data_dir``.

    Asks no server anything: one that is away answers ``Unavailable`` later. Raises ``TokenMissing`` where
    there is no token to write with, and ``Unavailable`` where the SQLite file can be neither opened nor made.
    """
    if not config.url:
        return EmbeddedStore(data_dir / "points.sqlite", retention=config.retention)
    # influxdb_client costs 20 MB of memory: who has no server does not pay for it.
    with _without("numpy"):
        from influx.server import ServerStore

    read_token(config, os.environ, Role.WRITER)
    return ServerStore(
        config.url,
        config.org,
        partial(read_token, config, os.environ),
        prefix=config.bucket_prefix,
        timeout=config.timeout,
    )


@contextmanager
def _without(library: str) -> Iterator[None]:
    """Let imports within the block find no ``library``, unless it is loaded already.

    influxdb_client imports numpy where it finds it, for data frames that nobody here has: 12 MB of a
    collector's memory. None in ``sys.modules`` is Python's own way to say that there is no such module.
    """
    if library in sys.modules:
        yield
        return
    sys.modules[library] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[library]


def read_token(config: InfluxSection, environment: Mapping[str, str], role: Role) -> str:
    """The token of ``role``: from its file in ``token_dir``; where there is none, from ``token_file`` or
    the environment, which stand for every role. Raises ``TokenMissing``.
    """
    own = config.token_dir / role
    try:
        return _read(own, "token_dir's")
    except FileNotFoundError:
        pass
    if config.token_file is not None:
        try:
            return _read(config.token_file, "token_file")
        except FileNotFoundError:
            raise TokenMissing(f"[influx] token_file {config.token_file} does not exist") from None
    token = environment.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise TokenMissing(
            f"[influx] url is set, but there is no token for the {role}: "
            f"neither {own} nor token_file nor {TOKEN_VARIABLE} is there; `hutch influx apply` makes it"
        )
    return token


def _read(path: Path, key: str) -> str:
    """The token in ``path``; raises ``FileNotFoundError``, and ``TokenMissing`` where the file is no good."""
    try:
        token = path.read_text().strip()
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise TokenMissing(f"[influx] {key} {path} cannot be read: {error}") from None
    if not token:
        raise TokenMissing(f"[influx] {key} {path} is empty")
    return token
