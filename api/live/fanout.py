"""One live stream from each camera's process, however many people watch it here."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from api.context import Context
from api.live.cameras import STALL_TIMEOUT, ask, check
from api.problems import Problem
from vision.config import CameraSection

PACES = (1, 2, 5, 10, 15, 30)
"""Pictures a second that are asked of a camera: who wants another rate shares the next faster stream."""
BOUNDARY = b"--frame\r\n"
MEDIA_TYPE = "multipart/x-mixed-replace; boundary=frame"
_LENGTH = re.compile(rb"^Content-Length: (\d{1,9})\r$", re.MULTILINE)
_LARGEST = 16 * 1024 * 1024
"""Bytes of one picture with its head; more is no picture."""


class Fanouts:
    """The streams that somebody watches. Used within one event loop."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], _Fanout] = {}

    @asynccontextmanager
    async def watch(
        self, context: Context, camera: CameraSection, fps: float
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The pictures of ``camera``, ``fps`` a second at most (up to 30), as a multipart body; whoever is
        slow misses some.

        Raises ``Problem`` 503 where there is no picture. The camera is let go when the last watcher leaves.
        """
        pace = next(pace for pace in PACES if fps <= pace)
        key = (camera.name, pace)
        fanout = self._open.get(key)
        if fanout is None or fanout.ended:
            fanout = self._open[key] = _Fanout(context, camera, pace)
        fanout.watchers += 1
        try:
            await fanout.opened()
            yield fanout.pictures(0.0 if fps == pace else 1 / fps)
        finally:
            fanout.watchers -= 1
            if not fanout.watchers:
                if self._open.get(key) is fanout:
                    del self._open[key]
                await fanout.close()


class _Fanout:
    """One stream of a camera's process, and its newest picture; begins when made."""

    def __init__(self, context: Context, camera: CameraSection, pace: int) -> None:
        self.watchers = 0
        self.ended = False
        self._newest = b""
        self._seq = 0
        self._news = asyncio.Event()
        self._answered = asyncio.Event()
        self._failure: Problem | None = None
        self._task = asyncio.create_task(self._follow(context, camera, pace))

    async def opened(self) -> None:
        """Wait until the camera's process answers; raises its ``Problem``."""
        await self._answered.wait()
        if self._failure is not None:
            raise self._failure

    async def pictures(self, period: float) -> AsyncIterator[bytes]:
        """The newest picture again and again, at most one in ``period`` seconds, until the stream ends."""
        loop = asyncio.get_running_loop()
        seen, due = 0, loop.time()
        yield BOUNDARY
        while not self.ended:
            if self._seq == seen:
                await self._news.wait()
                continue
            seen = self._seq
            yield self._newest
            if period:
                due = max(due + period, loop.time())
                await asyncio.sleep(due - loop.time())

    async def close(self) -> None:
        """Let the camera go, at once."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _follow(self, context: Context, camera: CameraSection, pace: int) -> None:
        params = {"fps": f"{pace}"}
        try:
            async with ask(
                context, camera, "/live.mjpeg", read_timeout=STALL_TIMEOUT, params=params
            ) as upstream:
                await check(upstream, camera.name)
                self._answered.set()
                async for picture in _parts(upstream):
                    self._newest = picture
                    self._seq += 1
                    self._news.set()  # wakes all who wait
                    self._news.clear()
        except Problem as problem:  # once it has answered: it ended or stalled, and pages open it again
            self._failure = problem
        finally:
            self.ended = True
            self._answered.set()
            self._news.set()


async def _parts(upstream: httpx.Response) -> AsyncIterator[bytes]:
    """Each picture with its head and the boundary after it, by which browsers know that it is whole.

    Ends where the stream ends, or is no stream of pictures.
    """
    buffer = bytearray()
    async for chunk in upstream.aiter_raw():
        buffer += chunk
        try:
            while (part := _first_part(buffer)) is not None:
                yield part
        except ValueError:
            return
        if len(buffer) > _LARGEST:
            return


def _first_part(buffer: bytearray) -> bytes | None:
    """Take the first whole part out of ``buffer``, which may start with a boundary; raises ``ValueError``
    where its head tells no length.
    """
    start = len(BOUNDARY) if buffer.startswith(BOUNDARY) else 0
    blank = buffer.find(b"\r\n\r\n", start)
    if blank < 0:
        return None
    length = _LENGTH.search(buffer, start, blank + 2)
    if length is None:
        raise ValueError("a part without its length")
    end = blank + 4 + int(length[1]) + 2
    if len(buffer) < end:
        return None
    part = bytes(buffer[start:end]) + BOUNDARY
    del buffer[:end]
    return part
