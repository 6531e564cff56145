"""The ground a running Hutch stands on: its data folder, held by one at a time, and its port."""

import os
import socket
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from enum import StrEnum
from pathlib import Path

from collector.file_lock import FileLock
from hutch.errors import HomeError
from influx.config import InfluxSection
from influx.connect import Role, TokenMissing, read_token
from influx.store import Store


class Part(StrEnum):
    """What a Hutch is made of: by default one ``hutch run`` starts it all, or each has one of its own."""

    COLLECTOR = "collector"
    CAMERAS = "cameras"
    API = "api"


WHOLE = frozenset(Part)
"""Every part."""


def make_folder(data_dir: Path) -> Path:
    """Make ``data_dir`` where missing and return its lock file; raises ``HomeError``."""
    lock = data_dir / "lock"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock.touch()
    except OSError as error:
        raise HomeError(
            f"the data folder {data_dir} cannot be written ({error.strerror}); set data_dir to one that can"
        ) from None
    return lock


@contextmanager
def claim(data_dir: Path, parts: Collection[Part] = WHOLE) -> Iterator[None]:
    """Make ``data_dir`` where missing and hold ``parts`` of it for this process; raises ``HomeError``.

    The locks go with the process, however it ends.
    """
    whole = make_folder(data_dir)
    each = [whole.with_name(f"{part}.lock") for part in Part if part in parts]
    with ExitStack() as held:
        for path in [whole, *each] if set(parts) >= WHOLE else each:
            lock = held.enter_context(closing(FileLock(path)))
            if not lock.take(wait=False):
                holder = path.read_text().strip() or "unknown"
                raise HomeError(f"the data folder {data_dir} is in use by another hutch (process {holder})")
            path.write_text(str(os.getpid()))
        yield


def making_rollups(data_dir: Path) -> AbstractContextManager[None]:
    """Be the only process of this home that makes rollups anew, once the one that does has ended.

    A slow one would write back what it read before another's points came. Raises ``HomeError``.
    """
    return _alone(data_dir, "rollups")


def drawing_clips(data_dir: Path) -> AbstractContextManager[None]:
    """Be the only process of this home that puts clips on graphs; two at once would put each there twice.

    Raises ``HomeError``.
    """
    return _alone(data_dir, "annotations")


def keeping_clips(data_dir: Path) -> AbstractContextManager[None]:
    """Be the only process of this home that prunes clips, once the one that does has ended: two would each
    free what both want. Raises ``HomeError``.
    """
    return _alone(data_dir, "storage")


@contextmanager
def _alone(data_dir: Path, work: str) -> Iterator[None]:
    with closing(FileLock(make_folder(data_dir).with_name(f"{work}.lock"))) as lock:
        lock.take()
        yield


def tends(config: InfluxSection, store: Store) -> bool:
    """Whether this machine looks after ``store``: its own does so alone, and of InfluxDB's machines the
    server, which holds the token for what only one may do. A node that only writes leaves it to that one.
    """
    if not store.tends_itself:
        return True
    try:
        read_token(config, os.environ, Role.TASKS)
    except TokenMissing:
        return False
    return True


def check_port(host: str, port: int) -> None:
    """Raise ``HomeError`` where ``port`` cannot be listened on now; 0 always can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise HomeError(
                f"port {port} on {host} cannot be used ({error.strerror}); "
                "stop what uses it or set another [api] port"
            ) from None
