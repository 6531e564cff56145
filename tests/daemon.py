"""One server process of the test run: on loopback ports of its own, stopped by its own pid.

A guard process holds one end of a pipe and kills the server when the test run is gone, however it went.
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil

HOST = "127.0.0.1"
PORTS = range(20_000, 30_000)
"""Below what Linux (from 32768) and macOS (from 49152) give to outgoing connections."""
_ATTEMPTS = 4


class StartFailed(RuntimeError):
    """The server did not come up; the message has the reason and the end of its log."""


def free_ports(count: int) -> tuple[int, ...]:
    """``count`` different ports that nobody listens on just now; somebody may, a moment later."""
    found: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        if len(found) == count:
            return tuple(found)
        with socket.socket() as probe, contextlib.suppress(OSError):
            # As servers do, or a port would stay taken for a minute after its connections closed.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            found.append(port)
    raise StartFailed(f"fewer than {count} of the ports {PORTS.start} to {PORTS.stop - 1} are free")


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again until ``condition`` holds; False where ``seconds`` went by without."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def until(what: str, is_so: Callable[[], bool], seconds: float = 10) -> None:
    """The same in a test: fails with ``what`` should have come to be."""
    assert wait_until(is_so, seconds), f"not within {seconds:g} s: {what}"


class Daemon:
    """A server process with its folder, its ports and its log. Subclasses say what to run.

    The ports are chosen at the first start and kept through every later one, so that clients can wait
    for a server that comes back. One thread at a time may start and stop it.
    """

    name: str
    port_count = 1
    start_seconds = 60.0
    grace_seconds = 10.0
    """How long SIGTERM may take before SIGKILL follows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports: tuple[int, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """The program and its arguments."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """Variables the server needs; nothing is inherited, for servers read settings from there."""
        return {}

    def answers(self) -> bool:
        """Whether the server serves; as long as it does not it may raise what httpx raises."""
        raise NotImplementedError

    def tidy(self) -> None:
        """Remove what the ended server has left outside of its folder."""

    @property
    def log(self) -> Path:
        """What the server has written to stdout and stderr, over all its starts."""
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The process id; raises ``RuntimeError`` while the server is stopped."""
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process.pid

    def start(self) -> None:
        """Return when the server serves; raise ``StartFailed`` with the end of the log where it will not."""
        if self._process is not None:
            raise RuntimeError(f"{self.name} is already running as process {self.pid}")
        first = not self.ports
        for attempt in range(1, _ATTEMPTS + 1):
            if first:
                self.ports = free_ports(self.port_count)
            self._spawn()
            settled = wait_until(lambda: self._exited() or self._serves(), self.start_seconds)
            exited = self._exited()
            if settled and not exited:
                return
            self.kill()
            # It may have lost a port to another process between the choice and the start.
            if not exited or attempt == _ATTEMPTS:
                raise StartFailed(self._why(exited))

    def stop(self) -> None:
        """End the server as an operator would, or by force after the grace time; no process is left."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server as a power cut would: with SIGKILL, at once."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop and start again, with the same data on the same ports."""
        self.stop()
        self.start()

    def _spawn(self) -> None:
        environment = {"HOME": str(self.folder), "PATH": os.defpath, "TMPDIR": str(self.folder)}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=environment | self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the tests; they stop the server in their turn
            )
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", f"read _; kill -9 {self._process.pid}"],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _end(self, with_signal: signal.Signals) -> None:
        process, guard = self._process, self._guard
        if process is None or guard is None:
            return
        process.send_signal(with_signal)
        try:
            process.wait(self.grace_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        guard.kill()
        guard.communicate()
        self._process = self._guard = None
        self.tidy()

    def _exited(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _serves(self) -> bool:
        # Another process that took the port first would answer too, so look at who listens.
        with contextlib.suppress(psutil.Error, httpx.TransportError):
            listening = {
                connection.laddr.port
                for connection in psutil.Process(self.pid).net_connections("tcp")
                if connection.status == psutil.CONN_LISTEN
            }
            return set(self.ports) <= listening and self.answers()
        return False

    def _why(self, exited: bool) -> str:
        end = "\n".join(self.log.read_text(errors="replace").splitlines()[-25:])
        how = "ended by itself" if exited else f"did not serve within {self.start_seconds:g} s"
        return f"{self.name} {how}; the end of its log:\n{end}"
