"""Time from `make run` to data on the Overview page: on a fresh clone, installation included, and once more.

Clones this repository into a temporary folder and runs what a new user would run. Prints seconds and the
share of the bar. Whatever pip has in its cache is used; --no-cache downloads everything.
"""

import argparse
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from hutch.home import check_port

BARS = {"fresh clone": 120.0, "second start": 5.0}
URL = "http://127.0.0.1:8000"


def until_data(deadline: float) -> float:
    """Seconds until the store has a current temperature and the page shows it."""
    started = time.monotonic()
    while time.monotonic() - started < deadline:
        try:
            latest = httpx.get(f"{URL}/latest?measurement=environment", timeout=2).json()["values"]
            page = httpx.get(f"{URL}/", timeout=2).text
        except (httpx.HTTPError, ValueError, KeyError):
            time.sleep(0.05)
            continue
        # The history is a minute old at the least: what is younger was read since the start.
        fresh = [v for v in latest if v["field"] == "temperature" and v["age"] < 15]
        if any(f"{value['value']:.1f}" in page for value in fresh):
            return time.monotonic() - started
        time.sleep(0.05)
    raise SystemExit(f"no data on the Overview page after {deadline:.0f} s")


def one_start(clone: Path, environment: dict[str, str]) -> float:
    """Seconds from `make run` until there is data; stops what was started."""
    check_port("127.0.0.1", 8000)
    command = subprocess.Popen(
        ["make", "run"],
        cwd=clone,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return until_data(600)
    finally:
        os.killpg(command.pid, signal.SIGINT)
        command.wait()


def main() -> None:
    """Clone, start twice, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-cache", action="store_true", help="download every package anew")
    environment = dict(os.environ)
    if parser.parse_args().no_cache:
        environment["PIP_NO_CACHE_DIR"] = "1"
    root = Path(__file__).parent.parent
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "hutch"
        subprocess.run(["git", "clone", "--quiet", str(root), str(clone)], check=True)
        print(f"{'start':<14}{'s':>7}{'bar s':>7}{'ratio':>7}")
        for name, bar in BARS.items():
            seconds = one_start(clone, environment)
            print(f"{name:<14}{seconds:>7.1f}{bar:>7.0f}{seconds / bar:>7.2f}", flush=True)


if __name__ == "__main__":
    main()
