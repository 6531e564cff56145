"""Opening the store that the configuration names."""

import os
from collections.abc import Mapping
from pathlib import Path

from influx.config import InfluxSection
from influx.embedded import EmbeddedStore
from influx.store import Store

TOKEN_VARIABLE = "HUTCH_INFLUX_TOKEN"  # noqa: S105


class TokenMissing(Exception):
    """There is no token for the configured InfluxDB; the message says where one is looked for."""


def connect(config: InfluxSection, data_dir: Path) -> Store:
    """The store of ``config``: InfluxDB where it has a url, else ``points.sqlite`` in ``data_dir``.

    Asks no server anything: one that is away answers ``Unavailable`` later. Raises ``TokenMissing``,
    and ``Unavailable`` where the SQLite file can be neither opened nor made.
    """
    if not config.url:
        return EmbeddedStore(data_dir / "points.sqlite", retention=config.retention)
    # influxdb_client costs 40 MB of memory: who has no server does not pay for it.
    from influx.server import ServerStore

    return ServerStore(
        config.url,
        config.org,
        read_token(config, os.environ),
        prefix=config.bucket_prefix,
        timeout=config.timeout,
    )


def read_token(config: InfluxSection, environment: Mapping[str, str]) -> str:
    """The token for InfluxDB, from the configured file or the environment; raises ``TokenMissing``."""
    if config.token_file is None:
        token = environment.get(TOKEN_VARIABLE, "").strip()
        if not token:
            raise TokenMissing(f"[influx] url is set, but neither token_file nor {TOKEN_VARIABLE} is")
        return token
    try:
        token = config.token_file.read_text().strip()
    except (OSError, ValueError) as error:
        raise TokenMissing(f"[influx] token_file {config.token_file} cannot be read: {error}") from None
    if not token:
        raise TokenMissing(f"[influx] token_file {config.token_file} is empty")
    return token
