"""Answers that never end by themselves, and how all of them are ended when the server stops."""

from collections.abc import AsyncIterator

import anyio


class Streams:
    """The endless streams of one app. Used within one event loop."""

    def __init__(self) -> None:
        self._waiting: set[anyio.CancelScope] = set()
        self._ended = False

    def end(self) -> None:
        """End every stream now, each as if its source had run dry."""
        self._ended = True
        for scope in self._waiting:
            scope.cancel()

    async def until_end(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """``chunks`` until they run dry or ``end`` is called."""
        while not self._ended:
            chunk: bytes | None = None
            with anyio.CancelScope() as scope:
                self._waiting.add(scope)
                try:
                    chunk = await anext(chunks, None)
                finally:
                    self._waiting.discard(scope)
            if chunk is None:
                return
            yield chunk
