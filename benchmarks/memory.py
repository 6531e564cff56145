"""Peak memory of each process of the demo, after it ran for a while with pages open.

A reader goes from page to page; all the while somebody watches the live picture as MJPEG, and with
``--player`` another one as HLS, as a phone does: the playlist again and again, and what it names.
Prints a row a process: its peak resident memory, the bar and the ratio. Linux only (reads VmHWM).
"""

import argparse
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import httpx
import psutil

from benchmarks._ground import peak_mb
from tests.daemon import free_ports

BARS = {"collector": 70, "camera": 160, "api": 140}
"""MB; a Pi 4 with 2 GB must have room for InfluxDB beside Hutch."""


def part_of(process: psutil.Process) -> str:
    """Which part of Hutch a process is: collector, camera or api; empty for another."""
    command = process.cmdline()
    return command[command.index("hutch.worker") + 1] if "hutch.worker" in command else ""


def use(url: str, seconds: float) -> None:
    """Behave like a reader with the pages open: charts, events, clips, the live picture."""
    deadline = time.monotonic() + seconds
    with httpx.Client(base_url=url, timeout=10) as client:
        while time.monotonic() < deadline:
            for path in ("/", "/temperature/history", "/events?limit=200", "/live.jpg", "/health"):
                client.get(path)
            for event in client.get("/recordings?limit=1").json()["recordings"]:
                client.get(f"/clips/{event['event_id']}")
            with client.stream("GET", "/live") as live:
                for _ in zip(range(20), live.iter_raw(), strict=False):
                    pass


def watch(url: str, stop: threading.Event) -> None:
    """Watch the live picture as MJPEG until ``stop``."""
    while not stop.wait(1):
        with suppress(httpx.HTTPError), httpx.stream("GET", f"{url}/live", timeout=10) as live:
            for _ in live.iter_raw():
                if stop.is_set():
                    return


def play(url: str, stop: threading.Event) -> None:
    """Play the live picture as HLS until ``stop``: every segment once, and its initialisation."""
    fetched: set[str] = set()
    with httpx.Client(base_url=url, timeout=20) as client:
        camera = client.get("/cameras").json()[0]["name"]
        while not stop.wait(1):
            playlist = client.get(f"/live/{camera}/index.m3u8").text
            for name in re.findall(r"init-\d+\.mp4|\d+\.m4s", playlist):
                if name not in fetched and client.get(f"/live/{camera}/{name}").is_success:
                    fetched.add(name)
    if not fetched:
        raise SystemExit("nothing was played")
    print(f"a player fetched {len(fetched)} files")


@contextmanager
def meanwhile(url: str, *ways: Callable[[str, threading.Event], None]) -> Iterator[None]:
    """Each of ``ways`` in a thread of its own, until the end; raises what they raise."""
    stop = threading.Event()
    with ThreadPoolExecutor() as pool:
        begun = [pool.submit(way, url, stop) for way in ways]
        try:
            yield
        finally:
            stop.set()
        for each in begun:
            each.result()


def wait_for(url: str) -> None:
    """Wait until the API answers."""
    for _ in range(600):
        try:
            httpx.get(f"{url}/health", timeout=2)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the demo did not start within a minute")


def main() -> None:
    """Run the demo, use it, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--player", action="store_true", help="somebody plays HLS, too")
    options = parser.parse_args()
    ways = (watch, play) if options.player else (watch,)
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hutch", "run", "--demo", "--data-dir", folder, "--port", str(port)]
        demo = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            wait_for(f"http://127.0.0.1:{port}")
            with meanwhile(f"http://127.0.0.1:{port}", *ways):
                use(f"http://127.0.0.1:{port}", options.seconds)
            print(f"{'process':<12}{'peak MB':>9}{'bar MB':>8}{'ratio':>7}")
            for process in psutil.Process(demo.pid).children():
                part = part_of(process)
                peak = peak_mb(process.pid)
                print(f"{part:<12}{peak:>9.0f}{BARS[part]:>8}{peak / BARS[part]:>7.2f}")
        finally:
            demo.terminate()
            demo.wait()


if __name__ == "__main__":
    main()
