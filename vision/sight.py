"""One session with a camera: every packet is recorded, frames are shown and looked at."""

import math
import time
from collections.abc import Iterable
from functools import partial

from av.video.frame import VideoFrame

from vision.captures import Captures
from vision.decoder import Decoder
from vision.episodes import Change, LeftOut
from vision.feed import Feed
from vision.live import LiveView
from vision.pipeline import Pipeline
from vision.recorder import Recorder
from vision.reporter import Reporter
from vision.rush import Rush
from vision.segments import REACH, Segments
from vision.sound.calls import Calls
from vision.status import Status
from vision.stream import CameraLost
from vision.timelapse import Timelapse

BEHIND = 15
"""Packets that may wait before frames are passed over by the analysis; they are recorded all the same."""


class StuckPicture(CameraLost):
    """Pictures come, but none of now; opening the camera anew may help."""


class Sight:
    """Brings together what a camera's pictures are for. Used by one thread.

    ``period`` is the seconds between two looks of ``pipeline``.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        recorder: Recorder,
        live: LiveView,
        segments: Segments,
        status: Status,
        reporter: Reporter,
        captures: Captures,
        *,
        rush: Rush,
        timelapse: Timelapse,
        period: float,
        calls: Calls | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._recorder = recorder
        self._live = live
        self._segments = segments
        self._status = status
        self._reporter = reporter
        self._captures = captures
        self._rush = rush
        self._timelapse = timelapse
        self._calls = calls
        self._period = period
        self._due = -math.inf
        self._at: float | None = None

    def watch(self, feed: Feed) -> None:
        """From the opening of the camera to its end; the events that are open then are closed.

        Raises ``CameraLost``, and ``StuckPicture`` of that.
        """
        self._timelapse.tick(time.time())  # of a day that was over while the camera was lost
        video = feed.open()
        if video is None:
            return
        self._status.limit(self._recorder.start(video))
        self._segments.start(video, partial(self._recorder.recent, REACH))
        decoder = Decoder(video)
        try:
            for timed in feed.packets():
                self._status.packet(timed.packet.size)
                picture = self._recorder.add(timed)
                self._segments.add(picture)
                if picture.keyframe:
                    self._status.keyframe(picture.data)
                for frame, at in decoder.frames(timed):
                    self._live.publish(frame, at)
                    if self._status.frame(frame) and not feed.ends:
                        raise StuckPicture(self._status.health().reason)
                    self._at = at
                    self._record(self._captures.follow(at))
                    if feed.backlog <= BEHIND or feed.ends:
                        self._look(frame, at)
                    else:
                        self._pass_over(at)
        finally:
            self._end()

    def _look(self, frame: VideoFrame, at: float) -> None:
        self._record(self._rush.sift(self._pipeline.see(frame, at), at))
        if self._calls is not None:
            # What is heard while somebody is in sight who is left out begins no recording of them.
            self._record(
                self._calls.close() if self._pipeline.discreet_since is not None else self._calls.follow(at)
            )
        self._recorder.look(frame, self._pipeline.motion)
        self._timelapse.look(frame, at, discreet_since=self._pipeline.discreet_since)
        self._timelapse.tick(at)
        self._status.analysed(motion=self._pipeline.motion)
        self._reporter.report(self._pipeline.activity())
        self._reporter.count(aside=self._rush.count, unrecorded=self._recorder.unrecorded)

    def _record(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._recorder.change(change)
            if isinstance(change, LeftOut):
                self._timelapse.forget(change.event.start.timestamp())

    def _pass_over(self, at: float) -> None:
        if at >= self._due:
            self._due = at + self._period
            self._status.drop()

    def _end(self) -> None:
        self._live.clear()
        self._segments.stop()
        self._record(self._rush.close(self._pipeline.close()))
        self._record(self._captures.close(self._at))
        self._record(self._calls.close() if self._calls is not None else ())
        self._recorder.stop()
        self._reporter.report(self._pipeline.activity())
