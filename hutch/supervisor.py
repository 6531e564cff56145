"""Starts the processes of a Hutch, and starts again the one that dies or hangs."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hutch.alerting.contacts import PASSWORD_VARIABLE
from hutch.config import Config
from hutch.errors import EXIT_CONFIG
from hutch.home import WHOLE, Part
from vision.heartbeat import VARIABLE as HEARTBEAT

logger = logging.getLogger(__name__)

FIRST_DELAY, LONGEST_DELAY = 1.0, 30.0
"""Seconds before a process that died young is started again; doubled with each such death."""
HEALTHY = 5.0
"""A process that lived so many seconds is started again at once."""
_FRUGAL = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""For cameras: glibc gives each thread a heap of its own where freed frames are of no use to another, and
keeps large blocks it has seen once. Without these a camera process peaks a fifth higher; see
docs/benchmarks.md. Other C libraries ignore them."""
FIRST_BEAT, HEARTBEATS = 300.0, 30.0
"""Seconds until the first sign of life of a process that gives any, and between two: before the first a
camera mends what a power cut left; a disk that is slow to sync may take some seconds at any time."""
STOP_PATIENCE = 8.0
"""Seconds a process has to finish what it is writing before it is killed (systemd's habit is 90)."""


@dataclass
class Child:
    """One process that should always be running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    beats: bool = False
    """Whether it gives signs of life (``vision.heartbeat``), and hangs when it does not."""
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    delay: float = 0.0
    failed: bool = False
    pulse: int | None = None
    """Where its signs of life come from."""
    heard: float = 0.0
    patience: float = FIRST_BEAT
    """When it gave one, or was started, and for how long it may be silent since."""


def children_of(config: Config, path: Path, parts: Collection[Part] = WHOLE) -> list[Child]:
    """The processes that ``config``, read from ``path``, asks for: collector, each camera, api; or ``parts``
    of them alone.
    """
    base = [sys.executable, "-m", "hutch.worker"]
    tail = ["--config", str(path)]
    cameras = [
        Child(f"camera {camera.name}", [*base, "camera", *tail, "--name", camera.name], _FRUGAL, beats=True)
        for camera in config.vision.cameras
    ]
    children = {
        Part.COLLECTOR: [Child("collector", [*base, "collector", *tail])],
        Part.CAMERAS: cameras,
        Part.API: [Child("api", [*base, "api", *tail])],
    }
    return [child for part in Part if part in parts for child in children[part]]


class Supervisor:
    """Keeps children running until told to stop; one that hangs as a whole is killed and started again.

    A child gets a pipe as its standard input and stops when that ends, so that none outlives a
    supervisor that was killed. A child that says its configuration is bad ends them all. None is handed the
    password of mails, which are sent from here.
    """

    def __init__(self, children: Sequence[Child], *, now: Callable[[], float]) -> None:
        self.children = children
        self._now = now

    def tend(self) -> None:
        """Start what is due and note what has died; call it often."""
        for child in self.children:
            if child.process is None:
                if not child.failed and self._now() >= child.due:
                    self._start(child)
            elif child.process.poll() is not None:
                self._bury(child, child.process)
            else:
                self._listen(child, child.process)

    @property
    def failed(self) -> bool:
        """Whether a child said that the configuration is bad."""
        return any(child.failed for child in self.children)

    def run(self, stop: threading.Event, *, each: Callable[[], None] = lambda: None) -> None:
        """Tend the children, and call ``each``, four times a second; at the end stop them.

        That is when ``stop`` is set, or when a child said that the configuration is bad.
        """
        try:
            while not stop.wait(0.25) and not self.failed:
                self.tend()
                try:
                    each()
                except Exception:  # what is done now and then must not take the children down
                    logger.exception("a job of the supervisor failed; the next comes in its turn")
        finally:
            self.close()

    def close(self) -> None:
        """Ask every child to stop, wait, and kill what does not."""
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = self._now() + STOP_PATIENCE
        for process in running:
            try:
                process.wait(max(0.1, deadline - self._now()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()
        for child in self.children:
            child.process = None
            _deafen(child)

    def _start(self, child: Child) -> None:
        child.started = self._now()
        environment = {name: value for name, value in os.environ.items() if name != PASSWORD_VARIABLE}
        handed: tuple[int, ...] = ()
        if child.beats:
            child.pulse, theirs = os.pipe()
            os.set_blocking(child.pulse, False)
            environment[HEARTBEAT] = str(theirs)
            child.heard, child.patience = child.started, FIRST_BEAT
            handed = (theirs,)
        try:
            child.process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
                child.command,
                stdin=subprocess.PIPE,
                env={**environment, **child.environment},
                pass_fds=handed,
            )
        except OSError as error:
            _deafen(child)
            self._start_later(child, f"cannot be started ({error.strerror})")
        finally:
            for descriptor in handed:
                os.close(descriptor)

    def _listen(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        if child.pulse is None:
            return
        beats = b""
        with suppress(BlockingIOError):
            beats = os.read(child.pulse, 4096)
        if beats:
            child.heard, child.patience = self._now(), HEARTBEATS
        elif self._now() >= child.heard + child.patience:
            logger.warning(
                "%s hangs: it gave no sign of life for %.0f s and is killed", child.name, child.patience
            )
            process.kill()
            _deafen(child)  # said once, however long the kernel takes

    def _bury(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            process.stdin.close()
        child.process = None
        _deafen(child)
        if process.returncode == EXIT_CONFIG:
            child.failed = True
            logger.error("%s cannot run with this configuration and is not started again", child.name)
            return
        self._start_later(child, f"ended with {process.returncode}")

    def _start_later(self, child: Child, what: str) -> None:
        died_young = self._now() - child.started < HEALTHY
        child.delay = min(max(FIRST_DELAY, child.delay * 2), LONGEST_DELAY) if died_young else 0.0
        child.due = self._now() + child.delay
        logger.warning("%s %s and is started again in %.0f s", child.name, what, child.delay)


def _deafen(child: Child) -> None:
    pulse, child.pulse = child.pulse, None
    if pulse is not None:
        os.close(pulse)
