"""The ground a running Hutch stands on: its data folder, held by one at a time, and its port."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from hutch.errors import HomeError


def open_folder(data_dir: Path) -> TextIO:
    """Make ``data_dir`` where missing and open its lock file; raises ``HomeError``."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        return (data_dir / "lock").open("a+")
    except OSError as error:
        raise HomeError(
            f"the data folder {data_dir} cannot be written ({error.strerror}); set data_dir to one that can"
        ) from None


@contextmanager
def claim(data_dir: Path) -> Iterator[None]:
    """Make ``data_dir`` where missing and hold it for this process; raises ``HomeError``.

    The lock goes with the process, however it ends.
    """
    with open_folder(data_dir) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read(20).strip() or "unknown"
            raise HomeError(
                f"the data folder {data_dir} is in use by another hutch (process {holder})"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


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
