"""A camera's packets, read by a thread of its own: one that hangs keeps nobody waiting for long."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator

from av.video.stream import VideoStream

from vision.stream import Camera, CameraLost, Stream, TimedPacket

logger = logging.getLogger(__name__)

OPENING, PATIENCE = 30.0, 10.0
"""Seconds that opening a camera, and a packet of an open one, may take before it counts as lost."""
ROOM = 96
"""Packets that may wait; more hold the camera back. Some seconds, for a disk that takes that long to sync."""
_SLICE = 0.25
"""Seconds within which a stop is noticed."""

_Item = Stream | TimedPacket | BaseException | None


class Feed:
    """One session with a camera, from opening it to its loss or ``close``. Used by one thread.

    ``stop`` ends it early. A driver that does not come back from a call is left to itself; ``hangs`` tells.
    ``beat`` is called often, by who uses the feed, however the driver does.
    """

    def __init__(
        self,
        name: str,
        camera: Camera,
        stop: threading.Event,
        *,
        opening: float = OPENING,
        patience: float = PATIENCE,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self.ended = False
        """Whether this was a recording, and it came to its end."""
        self._name = name
        self._camera = camera
        self._stop = stop
        self._opening = opening
        self._patience = patience
        self._beat = beat
        self._queue: queue.Queue[_Item] = queue.Queue(ROOM)
        self._closed = threading.Event()
        self._stream: Stream | None = None
        self._thread = threading.Thread(target=self._read, name="camera", daemon=True)

    @property
    def backlog(self) -> int:
        """Packets that wait to be taken."""
        return self._queue.qsize()

    @property
    def ends(self) -> bool:
        """Whether this is a recording, which has an end and can wait."""
        return self._stream is not None and self._stream.ends

    @property
    def hangs(self) -> bool:
        """Whether the driver did not come back although it was told to, some seconds ago."""
        return self._closed.is_set() and self._thread.is_alive()

    def open(self) -> VideoStream | None:
        """Open the camera and return its stream, or None when stopped; raises ``CameraLost``."""
        self._thread.start()
        stream = self._next(self._opening, "does not open")
        if stream is None or isinstance(stream, TimedPacket):
            return None
        self._stream = stream
        return stream.video

    def packets(self) -> Iterator[TimedPacket]:
        """The packets, until the recording ends or ``stop``; raises ``CameraLost``."""
        while True:
            item = self._next(self._patience, "sends no picture")
            if not isinstance(item, TimedPacket):
                self.ended = self.ends and not self._stop.is_set()
                if self.ended or self._stop.is_set():
                    return
                raise CameraLost(f"camera {self._name!r} sends no more pictures")
            yield item

    def close(self) -> None:
        """Give the camera back, with or without its driver's help."""
        self._closed.set()
        while not self._queue.empty():  # one that waits for room goes on, and sees that it is over
            item = self._queue.get_nowait()
            if not isinstance(item, TimedPacket | BaseException | None):
                self._stream = item
        if self._stream is not None:
            self._stream.close()
        if self._thread.ident is not None:
            self._thread.join(min(2.0, self._patience))

    def _next(self, patience: float, failing: str) -> "Stream | TimedPacket | None":
        deadline = time.monotonic() + patience
        while not self._stop.is_set():
            self._beat()
            try:
                item = self._queue.get(timeout=_SLICE)
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise CameraLost(f"camera {self._name!r} {failing} for {patience:g} s") from None
                continue
            if isinstance(item, CameraLost):
                raise item
            if isinstance(item, BaseException):
                raise CameraLost(f"the driver of camera {self._name!r} failed: {item}") from item
            return item
        return None

    def _read(self) -> None:
        stream: Stream | None = None
        try:
            stream = self._camera.open()
            self._queue.put(stream)
            for timed in stream.packets():
                self._queue.put(timed)
                if self._closed.is_set():
                    break
            else:
                self._queue.put(None)
        except CameraLost as lost:
            self._queue.put(lost)
        except Exception as error:
            logger.exception("the driver of camera %r failed", self._name)
            self._queue.put(error)
        finally:
            if stream is not None and self._closed.is_set():  # until then its video is still looked at
                stream.close()
