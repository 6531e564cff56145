"""A real node endpoint in the test's own process, showing the scripted play; a test can stop or lose it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from vision.address import node_address
from vision.cameras.scripted import ScriptedCamera, ScriptedOptions
from vision.captures import Captures
from vision.events import Event
from vision.live import LiveView
from vision.node import NodeEndpoint
from vision.packets import coded
from vision.ring import Ring
from vision.segments import REACH, Segments
from vision.status import Status
from vision.stream import Camera


class RunningCamera:
    """What a camera process is to the API. ``now`` gives monotonic seconds to its status."""

    def __init__(self, data_dir: Path, name: str, now: Callable[[], float], play: Camera) -> None:
        self._status = Status(name, now=now)
        self.live = LiveView()
        self.segments = Segments(now=now)
        self.captures = Captures(name, "hutch", self.live)
        self.photos: list[tuple[Event, bytes]] = []
        self.captures.begin(lambda event, jpeg: self.photos.append((event, jpeg)))
        self._stream = play.open()
        self._ring = Ring(REACH, 2**24)
        self.segments.start(self._stream.video, partial(self._ring.newest, REACH))
        address = node_address(data_dir, name)
        self._endpoint = NodeEndpoint(address, self.live, self.segments, self._status, self.captures)
        self._thread = threading.Thread(target=self._play, name=name)
        self.shown = threading.Event()
        self._thread.start()

    def _play(self) -> None:
        for timed in self._stream.packets():
            picture = coded(timed)
            self._ring.add(picture)
            self.segments.add(picture)
            for frame in timed.packet.decode():
                self._status.packet(timed.packet.size)
                self._status.frame(frame)
                self.live.publish(frame, now := time.time())
                self.captures.follow(now)
                self.shown.set()

    def stall(self) -> None:
        """Show no more pictures; the last one stays."""
        self._stream.close()
        self._thread.join()

    def lose(self, reason: str) -> None:
        """Stop playing, as if the cable were pulled."""
        self.stall()
        self.live.clear()
        self.segments.stop()
        self._status.lost(reason)

    def close(self) -> None:
        """End the play and the endpoint."""
        self.stall()
        self._endpoint.close()


@contextmanager
def camera(
    data_dir: Path, name: str, *, now: Callable[[], float] = time.monotonic, play: Camera | None = None
) -> Iterator[RunningCamera]:
    """A camera that shows the scripted play, or another, until the end."""
    running = RunningCamera(data_dir, name, now, play or ScriptedCamera(ScriptedOptions()))
    try:
        assert running.shown.wait(10), "the play did not begin within 10 s"
        yield running
    finally:
        running.close()
