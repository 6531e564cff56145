"""Python processes that tests start, listen to and kill."""

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tests.daemon import wait_until


class Child:
    """A Python process while the block lasts, and the lines that it has printed so far.

    A thread reads them, so that the process never waits for whoever watches it. ``log`` gets what it writes
    to stderr; its stdin is open as long as we live. ``within`` is put before the command.
    """

    def __init__(
        self,
        *arguments: object,
        log: Path,
        environment: Mapping[str, str] | None = None,
        within: Sequence[str] = (),
    ) -> None:
        self.lines: list[str] = []
        self.log = log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [*within, sys.executable, *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=environment,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_until_printed(self, count: int, start: str, seconds: float = 60) -> None:
        """Wait for ``count`` lines that begin with ``start``."""
        arrived = wait_until(lambda: self.ended() or len(self.told(start)) >= count, seconds)
        assert arrived and not self.ended(), (  # noqa: PT018 - one sentence for both
            f"{len(self.told(start))} of {count} lines {start!r} came from the child; it said: {self.said()}"
        )

    def told(self, start: str) -> list[str]:
        """The rest of each line that begins with ``start``, so far."""
        return [line.removeprefix(start) for line in list(self.lines) if line.startswith(start)]

    def said(self) -> str:
        """The end of its stderr."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def ended(self) -> bool:
        """Whether it is over."""
        return not self._reader.is_alive()

    def kill(self) -> None:
        """Kill it as a power cut would; afterwards everything it printed is in ``lines``."""
        self.process.kill()
        self._reader.join()
        self.process.wait()

    def finish(self) -> None:
        """Let its stdin end, as a supervisor that dies does, and wait for it to end in peace."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self._reader.join()
        assert self.process.wait() == 0, self.said()

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):  # else it was killed in the middle of it
                self.lines.append(line.removesuffix("\n"))
