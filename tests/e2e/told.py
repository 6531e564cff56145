"""A whole Hutch that tells somebody by mail."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.daemon import HOST, free_ports, wait_until

_CONFIG = """\
node = "pi"
data_dir = "data"
{locations}
[api]
port = {port}
[alerts]
every = {every}
[alerts.smtp]
host = "{host}"
port = {smtp}
security = "none"
sender = "hutch@example.org"
[[alerts.contacts]]
name = "me"
kind = "email"
to = "me@example.org"
"""
_LOCATION = '[[locations]]\nname = "{name}"\ntemperature_low = 15.0\ntemperature_high = 25.0\n'


@contextmanager
def running(folder: Path, smtp: int, rooms: int = 1, every: int = 20) -> Iterator[str]:
    """``hutch run`` with its data in ``folder``, which looks at so many rooms ``every`` so many seconds and
    tells the mail server at port ``smtp``; its address.
    """
    (port,) = free_ports(1)
    config = folder / "hutch.toml"
    locations = "".join(_LOCATION.format(name=f"room-{number}") for number in range(rooms))
    config.write_text(_CONFIG.format(locations=locations, port=port, smtp=smtp, host=HOST, every=every))
    command = [sys.executable, "-m", "hutch", "run", "--config", str(config)]
    with (folder / "hutch.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    url = f"http://{HOST}:{port}"
    try:
        if not wait_until(lambda: _answers(url), 60):
            raise RuntimeError(f"hutch did not start:\n{(folder / 'hutch.log').read_text()}")
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        finally:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ping", timeout=2).status_code == httpx.codes.NO_CONTENT
    except httpx.TransportError:
        return False


def write(url: str, room: int, temperature: float) -> None:
    """Send a reading of ``room``, taken now."""
    line = (
        f"environment,node=pi,sensor=s{room},location=room-{room} temperature={temperature} {time.time_ns()}"
    )
    answer = httpx.post(f"{url}/api/v2/write", content=line, params={"bucket": "readings", "org": "hutch"})
    answer.raise_for_status()
