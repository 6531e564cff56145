"""The live picture in segments for players (HLS): the camera's own packets, while somebody asks."""

import logging
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

import av
from av.video.stream import VideoStream

from vision.cutter import Cutter, Piece
from vision.mp4 import Template, Unsupported
from vision.packets import Coded
from vision.playlist import Segment, init_name, playlist

logger = logging.getLogger(__name__)

CODEC = "h264"
"""The one codec that every player of HLS shows."""
IDLE = 30.0
"""Seconds after the last question at which nobody watches any more."""
STALE = 15.0
"""Seconds without a new segment after which those that are kept are not live any more: longer than the
longest segment and what a camera that runs may be quiet for."""
REACH = 8.0
"""Seconds before the first question that are shown too, as far as they are kept: a player begins at once."""
MOST_BYTES = 24 * 1024 * 1024
"""Memory that segments take at most; pictures that need more are kept for a shorter while."""
_LISTED = 4
"""Times the longest segment that a playlist holds; three is the least (RFC 8216, 6.2.2)."""
_KEPT = 2 * _LISTED
"""The same for what can still be fetched."""
_PER_SECOND = 2
"""Sequence numbers begin at the time times this, so they never go back, nor when the process starts anew:
less than so many segments are made in a second."""
_NAME = re.compile(r"(init-)?(\d{1,19})\.(mp4|m4s)")


class Segments:
    """One camera's newest segments. The camera's thread gives pictures, any thread may ask.

    They are made from the first question on until ``idle`` seconds after the last; ``now`` gives monotonic
    seconds.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic, idle: float = IDLE) -> None:
        self._now = now
        self._idle = idle
        self._template: Template | None = None  # this and the next three are for the camera's thread
        self._recent: Callable[[], Iterable[Coded]] = tuple
        self._cutter: Cutter | None = None
        self._head: int | None = None
        self._lock = threading.Lock()  # protects all that follows
        self._refusal = ""
        self._asked: float | None = None
        self._newest = 0.0
        """When the newest segment came."""
        self._kept: deque[Segment] = deque()
        self._heads: dict[int, bytes] = {}
        self._next, self._run, self._listed_from, self._target = 0, -1, 0, 1

    @property
    def refusal(self) -> str:
        """Why there are no segments of this camera, whatever it does; empty where there are."""
        with self._lock:
            return self._refusal

    @property
    def active(self) -> bool:
        """Whether somebody watches."""
        with self._lock:
            return self._is_wanted()

    def start(self, video: VideoStream, recent: Callable[[], Iterable[Coded]]) -> None:
        """Pictures come from ``video`` from now on; ``recent`` gives those of the last ``REACH`` seconds,
        from a keyframe on and with the newest.
        """
        self.stop()
        codec = video.codec_context.codec.canonical_name
        if codec != CODEC:
            self._refuse(f"it sends {codec}, and HLS is made of {CODEC} without encoding anew")
            return
        try:
            self._template = Template(video)
        except Unsupported as error:
            self._refuse(str(error))
            return
        self._recent = recent
        with self._lock:
            self._refusal = ""

    def add(self, picture: Coded) -> None:
        """The next picture, which ``recent`` knows already."""
        with self._lock:
            wanted = self._is_wanted()
        try:
            if not wanted:
                self._rest()
            elif self._template is not None:
                self._cut(picture, self._template)
        except (OSError, ValueError, av.FFmpegError) as error:
            self._give_up(error)

    def stop(self) -> None:
        """No more pictures of this session: what it gave ends with the last of them."""
        cutter, self._cutter = self._cutter, None
        if cutter is not None:
            try:
                self._keep(cutter, cutter.close())
            except (OSError, ValueError, av.FFmpegError) as error:
                self._give_up(error)
        if self._template is not None:
            self._template.close()
            self._template = None

    def playlist(self, least: int = 1) -> str | None:
        """The playlist as it is now, or None where it has fewer than ``least`` segments, of which one must be
        there, or no new one came for ``STALE`` seconds; that somebody asked is noted.
        """
        with self._lock:
            self._note_question()
            if self._now() - self._newest > STALE:
                return None
            listed = [segment for segment in self._kept if segment.sequence >= self._listed_from]
            return playlist(listed, self._target) if len(listed) >= least else None

    def file(self, name: str) -> bytes | None:
        """A segment or an initialisation that a playlist named, or None where it is gone; notes that, too."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        number = int(found[2])
        with self._lock:
            self._note_question()
            if name == init_name(number):
                return self._heads.get(number)
            return next((segment.data for segment in self._kept if segment.name == name), None)

    def _note_question(self) -> None:
        if not self._is_wanted():  # what is left of a session that ended meanwhile is not live
            self._forget()
        self._asked = self._now()

    def _is_wanted(self) -> bool:
        return self._asked is not None and self._now() - self._asked <= self._idle

    def _cut(self, picture: Coded, template: Template) -> None:
        pictures: Iterable[Coded] = (picture,)
        if self._cutter is None:
            self._cutter, self._head = Cutter(template), None
            pictures = self._recent()
        for one in pictures:
            self._keep(self._cutter, self._cutter.write(one))

    def _keep(self, cutter: Cutter, piece: Piece | None) -> None:
        if piece is None:
            return
        with self._lock:
            head = self._head
            if head is None or head not in self._heads:  # a new session, or all was forgotten meanwhile
                if not self._kept:
                    self._next = max(self._next, int(piece.time * _PER_SECOND))
                self._head = head = self._next
                self._run += 1
                self._heads[head] = cutter.head
            self._kept.append(Segment(self._next, self._run, head, piece.time, piece.seconds, piece.data))
            self._next += 1
            self._newest = self._now()
            self._target = max(self._target, int(piece.seconds + 0.5))
            self._listed_from = max(self._listed_from, self._since(_LISTED))
            oldest = self._since(_KEPT)
            while self._kept[0].sequence < oldest:
                self._kept.popleft()
            for gone in [number for number in self._heads if number < self._kept[0].head]:
                del self._heads[gone]

    def _since(self, times: int) -> int:
        """The sequence of the first of the newest segments that last ``times`` the longest together."""
        seconds, size = 0.0, 0
        for segment in reversed(self._kept):
            seconds += segment.seconds
            size += len(segment.data)
            if seconds >= times * self._target or size > MOST_BYTES:
                return segment.sequence
        return self._kept[0].sequence

    def _rest(self) -> None:
        if self._cutter is not None:
            cutter, self._cutter = self._cutter, None
            cutter.close()
        with self._lock:
            if not self._is_wanted():
                self._forget()

    def _forget(self) -> None:
        self._kept.clear()
        self._heads.clear()
        self._asked, self._target = None, 1

    def _give_up(self, error: Exception) -> None:
        """Until the camera is opened again: what failed once fails with each picture."""
        logger.warning("the live picture cannot be cut into segments: %s", error)
        self._cutter = None
        if self._template is not None:
            self._template.close()
            self._template = None
        self._refuse(f"its pictures cannot be cut into segments: {error}")

    def _refuse(self, reason: str) -> None:
        with self._lock:
            self._refusal = reason
            self._forget()
