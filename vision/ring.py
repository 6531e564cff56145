"""The newest encoded pictures of a stream: what a clip shows of the time before its event."""

from collections import deque
from collections.abc import Iterator

from vision.packets import Coded


class Ring:
    """Pictures of at least the last ``length`` seconds, always from a keyframe on.

    Holds at most ``max_bytes``: where the last ``length`` seconds need more, fewer seconds are kept, and a
    stream that sends no keyframe in so many bytes is not kept until it sends one. Used by one thread.
    """

    def __init__(self, length: float, max_bytes: int) -> None:
        self._length = length
        self._max_bytes = max_bytes
        self._groups: deque[list[Coded]] = deque()
        self._sizes: deque[int] = deque()

    @property
    def bytes(self) -> int:
        """Bytes of the pictures held."""
        return sum(self._sizes)

    def add(self, picture: Coded) -> None:
        """Take the next picture in decoding order; those before the first keyframe are passed over."""
        if picture.keyframe:
            self._groups.append([])
            self._sizes.append(0)
        if not self._groups:
            return
        self._groups[-1].append(picture)
        self._sizes[-1] += len(picture.data)
        while self._has_too_much(picture.time):
            self._groups.popleft()
            self._sizes.popleft()

    def since(self, time: float) -> Iterator[Coded]:
        """From the last keyframe at or before ``time``, or from the oldest there is where that is later."""
        groups = list(self._groups)
        while len(groups) > 1 and groups[1][0].time <= time:
            del groups[0]
        for group in groups:
            yield from group

    def newest(self, seconds: float) -> Iterator[Coded]:
        """The same for the last ``seconds`` before the newest picture."""
        return self.since(self._groups[-1][-1].time - seconds) if self._groups else iter(())

    def clear(self) -> None:
        """Forget everything: what comes next belongs to another stream."""
        self._groups.clear()
        self._sizes.clear()

    def _has_too_much(self, now: float) -> bool:
        if self.bytes > self._max_bytes:
            return True
        return len(self._groups) > 1 and self._groups[1][0].time <= now - self._length
