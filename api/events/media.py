"""What the store of clips holds over HTTP: whole or in part (RFC 9110 §14), streamed, never all in memory."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from email.utils import format_datetime

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.problems import Problem, problem
from vision.clips import ClipInfo, ClipMissing, Clips

_RANGE = re.compile(r"bytes=\s*+(\d{0,18})\s*+-\s*+(\d{0,18})\s*+")
"""Possessive, so that many blanks take no longer than they are many."""
_KEPT_FOR = "private, max-age=86400"
"""A clip never changes once stored, but people may want it gone from their browser within a day."""


@dataclass(frozen=True, slots=True)
class Part:
    """``length`` bytes from ``start``."""

    start: int
    length: int


class Unsatisfiable(Exception):
    """A range that starts past the end."""


def part_of(header: str | None, size: int) -> Part | None:
    """The part of ``size`` bytes that a ``Range`` header asks for; None: everything.

    What is no single byte range is passed over, as RFC 9110 allows. Raises ``Unsatisfiable``.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        if length == 0:
            raise Unsatisfiable
        return Part(size - length, length)
    start = int(match[1])
    last = min(int(match[2]), size - 1) if match[2] else size - 1
    if match[2] and int(match[2]) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return Part(start, last - start + 1)


def serve(clips: Clips, key: str, request: Request, *, what: str) -> Response:
    """The answer to ``request`` for what is stored under ``key``; ``what`` names it in sentences.

    Raises ``Problem`` 410 where it is not there, and ``ClipsUnavailable``. Call it in a thread: it reads.
    """
    try:
        return _serve(clips, clips.stat(key), request, what)
    except (ClipMissing, ValueError):
        raise Problem(410, f"{what} is gone from the store of clips.") from None


def _serve(clips: Clips, info: ClipInfo, request: Request, what: str) -> Response:
    headers = _headers(info)
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    is_same = request.headers.get("if-range", headers["ETag"]) == headers["ETag"]
    try:
        part = part_of(request.headers.get("range") if is_same else None, info.size)
    except Unsatisfiable:
        return problem(416, f"{what} has {info.size} bytes.", {"Content-Range": f"bytes */{info.size}"})
    if part is None:
        return _answer(clips, info, Part(0, info.size), 200, headers, request)
    headers["Content-Range"] = f"bytes {part.start}-{part.start + part.length - 1}/{info.size}"
    return _answer(clips, info, part, 206, headers, request)


def _answer(
    clips: Clips, info: ClipInfo, part: Part, status: int, headers: dict[str, str], request: Request
) -> Response:
    headers["Content-Length"] = str(part.length)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=info.content_type)
    chunks = clips.read(info.key, part.start, part.length)
    first = next(chunks, b"")  # so that a store that is away is told before the headers are
    return StreamingResponse(_stream(first, chunks), status, headers, info.content_type)


async def _stream(first: bytes, chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    while chunk := await run_in_threadpool(next, chunks, b""):
        yield chunk


def _headers(info: ClipInfo) -> dict[str, str]:
    stamp = int(info.modified.timestamp() * 1_000_000)
    return {
        "Accept-Ranges": "bytes",
        "Cache-Control": _KEPT_FOR,
        "ETag": f'"{stamp:x}-{info.size:x}"',
        "Last-Modified": format_datetime(info.modified.replace(microsecond=0), usegmt=True),
    }
