"""How long after a reading that is too warm the mail is there, and the one that says it is over.

``python -m benchmarks.alerts [--rounds N]``: a whole ``hutch run`` with a mail server beside it; readings
come by the API as devices send them. The bar is 90 s for either mail. Rooms become too warm
at different moments of the 20 s between two looks.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks._ground import tell
from tests.daemon import HOST, free_ports, wait_until
from tests.hutch.alerting.sink import Sink, mail_server

BAR = 90.0
_CONFIG = """\
node = "pi"
data_dir = "data"
{locations}
[api]
port = {port}
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
def running(folder: Path, smtp: int, rooms: int) -> Iterator[str]:
    """``hutch run`` with its data in ``folder``, telling the mail server at port ``smtp``; its address."""
    (port,) = free_ports(1)
    config = folder / "hutch.toml"
    locations = "".join(_LOCATION.format(name=f"room-{number}") for number in range(rooms))
    config.write_text(_CONFIG.format(locations=locations, port=port, smtp=smtp, host=HOST))
    log = (folder / "hutch.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "hutch", "run", "--config", str(config)],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log,
    )  # fmt: skip
    url = f"http://{HOST}:{port}"
    try:
        if not wait_until(lambda: _answers(url), 60):
            raise SystemExit(f"hutch did not start:\n{(folder / 'hutch.log').read_text()}")
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        finally:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
            log.close()


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


def arrived(sink: Sink, words: str, since: float) -> float:
    """Seconds from ``since`` until a mail that says ``words`` is there."""
    if not wait_until(lambda: any(words in sink.text(n) for n in range(len(sink.mails))), 2 * BAR):
        raise SystemExit(f"no mail says {words!r}; there are {sink.subjects}")
    return time.monotonic() - since


def main() -> int:
    """Measure and print; 1 where the bar is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    fires, over = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        mail_server() as sink,
        running(Path(folder), sink.port, rounds) as url,
    ):
        for room in range(rounds):
            time.sleep(room * 20 / rounds % 20)
            write(url, room, 30.0)
            fires.append(arrived(sink, f"Room {room} is too warm", time.monotonic()))
            write(url, room, 20.0)
            over.append(arrived(sink, f"Room {room} has a safe temperature again", time.monotonic()))
    print(f"{rounds} rooms, looked at every 20 s")
    print(f"{'median until the mail is there':<52}{statistics.median(fires):>9.2f} s")
    met = tell("longest until the mail is there", max(fires), BAR, "s")
    return 0 if tell("longest until the one that it is over", max(over), BAR, "s") and met else 1


if __name__ == "__main__":
    sys.exit(main())
