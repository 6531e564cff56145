"""Opening the store that the configuration names, and the tokens that open it."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from influx.config import InfluxSection
from influx.embedded import EmbeddedStore
from influx.store import Store

TOKEN_VARIABLE = "HUTCH_INFLUX_TOKEN"  # noqa: S105
_TOKEN = re.compile("[!-~]+")
"""One word of printable ASCII: no header takes anything else, and who refuses it tells its text."""


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


class TokenUnreadable(TokenMissing):
    """There may well be a token, but what is in its place cannot be read as one; never says what it is."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Reads the token of a role each time anew, as ``read_token`` does, and says where it is from."""

    config: InfluxSection
    environment: Mapping[str, str]

    def __call__(self, role: Role) -> str:
        """The token of ``role``; raises ``TokenMissing``."""
        return read_token(self.config, self.environment, role)

    def origin(self, role: Role) -> str:
        """Whose token it is, where it is from, and what to do when it is refused."""
        own = self.config.token_dir / role
        if own.exists() and role is Role.OPERATOR:
            return f"the {role}'s token in {own}; `influxd recovery auth create-operator` makes a new one"
        if own.exists():
            return f"the {role}'s token in {own}; `hutch influx apply` replaces it"
        place = self.config.token_file or TOKEN_VARIABLE
        return f"the token in {place}, which the {role} uses; put one there that is valid"


def connect(config: InfluxSection, data_dir: Path, role: Role = Role.WRITER) -> Store:
    """The store of ``config``: InfluxDB where it has a url, else ``points.sqlite`` in ``data_dir``.

    Asks no server anything: one that is away answers ``Unavailable`` later. Raises ``TokenMissing`` where
    there is no token of ``role``, which is asked for at once, and ``Unavailable`` where the SQLite file can
    be neither opened nor made.
    """
    if not config.url:
        return EmbeddedStore(data_dir / "points.sqlite", retention=config.retention)
    # influxdb_client costs 20 MB of memory: who has no server does not pay for it.
    with _without("numpy"):
        from influx.server import ServerStore

    tokens = Tokens(config, os.environ)
    tokens(role)
    return ServerStore(
        config.url,
        config.org,
        tokens,
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
        return _read(
            own,
            "token_dir's",
            "; `hutch influx apply` replaces it"
            if role is not Role.OPERATOR
            else "; put the token there alone",
        )
    except FileNotFoundError:
        pass
    if config.token_file is not None:
        try:
            return _read(config.token_file, "token_file", "; put the token there alone")
        except FileNotFoundError:
            raise TokenMissing(f"[influx] token_file {config.token_file} does not exist") from None
    token = environment.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise TokenMissing(
            f"[influx] url is set, but there is no token for the {role}: "
            f"neither {own} nor token_file nor {TOKEN_VARIABLE} is there; `hutch influx apply` makes it"
        )
    return _word(token, f"the environment's {TOKEN_VARIABLE}", "; put the token there alone")


def _read(path: Path, key: str, remedy: str) -> str:
    """The token in ``path``; raises ``FileNotFoundError``, ``TokenUnreadable``, and ``TokenMissing`` where
    the file is empty.
    """
    try:
        # Whatever the bytes are: which of them are none of a token's is nothing to tell.
        text = path.read_bytes().decode("latin-1").strip()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise TokenUnreadable(f"[influx] {key} {path} cannot be read ({error.strerror})") from None
    return _word(text, f"[influx] {key} {path}", remedy)


def _word(text: str, place: str, remedy: str) -> str:
    if not text:
        raise TokenMissing(f"{place} is empty{remedy}")
    if not _TOKEN.fullmatch(text):
        raise TokenUnreadable(
            f"{place} cannot be read as a token, which is one word of plain letters{remedy}"
        )
    return text
