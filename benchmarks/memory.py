"""Peak memory of each process of the demo, after it ran for a while with a page open.

Prints a row a process: its peak resident memory, the bar and the ratio. Linux only (reads VmHWM).
"""

import argparse
import subprocess
import sys
import tempfile
import time

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
    seconds = parser.parse_args().seconds
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hutch", "run", "--demo", "--data-dir", folder, "--port", str(port)]
        demo = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            wait_for(f"http://127.0.0.1:{port}")
            use(f"http://127.0.0.1:{port}", seconds)
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
