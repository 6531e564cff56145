"""A whole Hutch as a process: the demo, on a port and in a folder of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil

from tests.daemon import free_ports, wait_until


class Home:
    """``hutch run --demo`` while it runs."""

    def __init__(self, folder: Path) -> None:
        (self.port,) = free_ports(1)
        self.data_dir = folder / "data"
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "hutch.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when the API answers."""
        command = [sys.executable, "-m", "hutch", "run", "--demo"]
        command += ["--data-dir", str(self.data_dir), "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        assert wait_until(self.answers, 60), f"no answer within 60 s; its log:\n{self.tail()}"

    def answers(self) -> bool:
        """Whether the API answers."""
        try:
            return httpx.get(f"{self.url}/health", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def worker(self, part: str) -> psutil.Process:
        """The running process of ``part``: collector, camera or api."""
        found: list[psutil.Process] = []

        def look() -> bool:
            assert self._process is not None
            for child in psutil.Process(self._process.pid).children():
                try:
                    command = child.cmdline()
                except psutil.Error:
                    continue
                if "hutch.worker" in command and part in command:
                    found.append(child)
            return bool(found)

        assert wait_until(look, 30), f"there is no {part} process; the log:\n{self.tail()}"
        return found[-1]

    def stop(self) -> int:
        """Ask it to stop, as Ctrl-C does; returns its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(30)
        finally:
            if self._process.poll() is None:
                os.kill(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def tail(self) -> str:
        """The end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])
