"""A file from the network whose sum is known: it is there whole and right, or not at all."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hutch.errors import HomeError

if TYPE_CHECKING:
    import httpx

MOST = 500_000_000
"""Bytes that a file may have."""
_TRIES = 3
_PATIENCE = 30.0  # seconds without a byte

Progress = Callable[[int, int | None], None]


class FetchError(HomeError):
    """The file could not be had; says which, why and what to do."""


class _Cut(Exception):
    """The connection ended early; the next try goes on where it did."""


def sum_of(path: Path) -> str:
    """The SHA-256 of the file ``path``, in hexadecimal; raises ``OSError``."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(
    url: str, target: Path, *, sha256: str, most: int = MOST, progress: Progress = lambda _have, _of: None
) -> None:
    """Have the file of ``url`` at ``target``; raises ``FetchError``, and ``OSError`` for the disk.

    What came before a cut is kept beside it and not asked for again, now or the next time. A file whose sum
    is not ``sha256``, or that has more than ``most`` bytes, is removed; ``target`` is then as it was.
    ``progress`` is told the bytes that are there, and of how many where that is known.
    """
    part = target.with_name(f"{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    resumed = part.exists()
    _complete(url, part, most, progress)
    found = sum_of(part)
    if found != sha256.lower() and resumed:  # what was there before may be of another file
        part.unlink()
        _complete(url, part, most, progress)
        found = sum_of(part)
    if found != sha256.lower():
        part.unlink()
        raise FetchError(
            f"{url} is not the file that was meant, and was removed: "
            f"its SHA-256 is {found}, not {sha256.lower()}"
        )
    _put(part, target)


def _complete(url: str, part: Path, most: int, progress: Progress) -> None:
    import httpx  # the other commands do without

    cut = ""
    timeout = httpx.Timeout(_PATIENCE)
    with httpx.Client(follow_redirects=True, timeout=timeout) as client:
        for _try in range(_TRIES):
            try:
                _receive(client, url, part, most, progress)
            except _Cut as error:
                cut = str(error)
            else:
                return
    have = part.stat().st_size if part.exists() else 0
    raise FetchError(
        f"{url} was cut off after {have} bytes ({cut}); the same command goes on from there"
        if have
        else f"{url} cannot be fetched: {cut}"
    )


def _receive(client: "httpx.Client", url: str, part: Path, most: int, progress: Progress) -> None:
    """Append what is missing of ``part``; raises ``_Cut``."""
    import httpx

    have = part.stat().st_size if part.exists() else 0
    # Packed on the way, a part could not be gone on with.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with client.stream("GET", url, headers=headers) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # all of it is there, or too much; the sum tells
            if answer.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
                raise FetchError(f"{url} cannot be fetched: the server answers {answer.status_code}")
            goes_on = answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            have = have if goes_on else 0
            length = answer.headers.get("Content-Length", "")
            whole = have + int(length) if length.isdigit() else None
            with part.open("ab" if goes_on else "wb") as file:
                _write(answer, file.write, part, have, whole, most, progress)
                file.flush()
                os.fsync(file.fileno())
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects) as error:
        raise FetchError(f"{url} cannot be fetched: {error}") from None
    except httpx.TransportError as error:
        raise _Cut(str(error) or type(error).__name__) from None


def _write(
    answer: "httpx.Response",
    write: Callable[[bytes], int],
    part: Path,
    have: int,
    whole: int | None,
    most: int,
    progress: Progress,
) -> None:
    if whole is None or whole <= most:
        for piece in answer.iter_raw():
            have += len(piece)
            if have > most:
                break
            write(piece)
            progress(have, whole)
        else:
            return
    part.unlink()
    raise FetchError(f"{answer.url} has more than {most} bytes, which no model needs; nothing was kept")


def _put(part: Path, target: Path) -> None:
    """``part`` becomes ``target``, and stays it when the power goes."""
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
