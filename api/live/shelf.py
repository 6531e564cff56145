"""Answers of camera processes that several people ask for at once: fetched once, kept for moments."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

MOST_BYTES = 32 * 1024 * 1024
"""Bytes kept at most; what does not fit is fetched by everybody."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a camera's process answered."""

    status: int
    body: bytes
    media_type: str


Fetch = Callable[[], Awaitable[Answer]]


class Shelf:
    """Answers by address. Used within one event loop."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], asyncio.Task[Answer]] = {}
        self._bytes = 0

    async def get(self, key: tuple[str, str], fetch: Fetch, seconds: float) -> Answer:
        """What ``fetch`` answers, or answered within the last ``seconds``; raises what it raises."""
        task = self._answers.get(key)
        if task is None:
            task = self._answers[key] = asyncio.create_task(self._keep(key, fetch, seconds))
            task.add_done_callback(_look_at)
        return await asyncio.shield(task)  # one who leaves takes nothing from the others

    async def _keep(self, key: tuple[str, str], fetch: Fetch, seconds: float) -> Answer:
        size = 0
        try:
            answer = await fetch()
            if answer.status == 200 and self._bytes + len(answer.body) <= MOST_BYTES:
                size = len(answer.body)
        finally:
            if size:
                self._bytes += size
                asyncio.get_running_loop().call_later(seconds, self._drop, key, size)
            else:
                del self._answers[key]
        return answer

    def _drop(self, key: tuple[str, str], size: int) -> None:
        del self._answers[key]
        self._bytes -= size


def _look_at(task: asyncio.Task[Answer]) -> None:
    """Whoever asked may be gone: then nobody else looks at an error, and asyncio complains."""
    if not task.cancelled():
        task.exception()
