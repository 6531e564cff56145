"""A thread that listens to the sound of one camera; from here on there are only numbers."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator

import av
import numpy as np
import tenacity
from av.audio.frame import AudioFrame

from vision.sound.frames import RATE, Frames, Samples
from vision.sound.voice import Call, Voice

logger = logging.getLogger(__name__)

_SILENCE = 15.0  # seconds without a packet until the source is lost
_ASTRAY = 1.0  # seconds that a source may be off the clock before it is set again
_PATIENCE = 3.0
_LONGEST_WAIT = 30.0
"""Seconds between two tries to open a source, at most."""
ALSA = "/usr/share/alsa/alsa.conf"
"""Where Debian has the list of sound devices. The library in PyAV's wheels looks for it where it was built,
a folder below /tmp that anybody may make: it knew no device, or what somebody else wrote there."""

Heard = Callable[[Call, float], None]
"""Is told a call and when it began, in seconds since 1970."""


class NoSound(Exception):
    """The source cannot be opened, ended or has no sound; says why."""


class Ears:
    """Listens to ``source``, an address or device in FFmpeg's words, until it is closed.

    ``alsa:hw:1`` is a microphone of this machine. A source that is lost is said once, and opened again and
    again. One that can be read faster than it sounds, as a file, is read at its pace. ``heard`` is called by
    the thread.
    """

    def __init__(self, camera: str, source: str, heard: Heard, *, pace: bool = True) -> None:
        self._camera = camera
        self._source = source
        self._heard = heard
        self._pace = pace
        self._stop = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._run, name="ears", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no longer."""
        self._stop.set()
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        patiently = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(NoSound),
            wait=tenacity.wait_exponential_jitter(initial=1, max=_LONGEST_WAIT),
            stop=tenacity.stop_when_event_set(self._stop),
            sleep=tenacity.sleep_using_event(self._stop),
        )
        while not self._stop.is_set():
            try:
                patiently(self._session)
            except tenacity.RetryError:
                return
            except Exception:  # what is heard must not end what is seen
                logger.exception("camera %s listens no longer, until it is started again", self._camera)
                return

    def _session(self) -> None:
        try:
            for call, at in self._calls():
                self._heard(call, at)
        except NoSound as error:
            if not self._lost:
                logger.warning("camera %s has no sound: %s", self._camera, error)
            self._lost = True
            raise

    def _calls(self) -> Iterator[tuple[Call, float]]:
        frames, voice, count = Frames(), Voice(), 0
        began: float | None = None
        for samples in self._samples():
            began = time.time() - len(samples) / RATE if began is None else began
            count += len(samples)
            ahead = began + count / RATE - time.time()
            if ahead > 0 and self._pace and self._stop.wait(ahead):
                return
            if ahead < -_ASTRAY:
                began -= ahead
            for call in voice.listen(frames.add(samples)):
                yield call, began + call.burst.start

    def _samples(self) -> Iterator[Samples]:
        kind, _, device = self._source.partition(":")
        address, form = (device, "alsa") if kind == "alsa" else (self._source, None)
        if form:
            os.environ.setdefault("ALSA_CONFIG_PATH", ALSA)
        try:
            with av.open(address, format=form, timeout=_SILENCE, metadata_errors="ignore") as container:
                if not container.streams.audio:
                    raise NoSound("there is none in its source")
                resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
                for frame in container.decode(container.streams.audio[0]):
                    if self._stop.is_set():
                        return
                    self._sounds()
                    for part in resampler.resample(frame):
                        yield _floats(part)
        except (av.error.FFmpegError, OSError) as error:
            raise NoSound(error.strerror or "it cannot be read") from None
        raise NoSound("its source has ended")

    def _sounds(self) -> None:
        if self._lost:
            logger.info("camera %s has sound again", self._camera)
        self._lost = False


def _floats(frame: AudioFrame) -> Samples:
    return np.asarray(frame.to_ndarray(), np.float32).reshape(-1)
