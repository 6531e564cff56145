"""How long after a clip is closed its region is on the graph of a Grafana, beside a bare POST of the same.

A whole ``hutch run`` over a real InfluxDB; the point that says ``stored`` comes through its store, at
different moments of the 2 s between two looks. ``HUTCH_GRAFANA_HOME`` names the Grafana; without it nothing
is measured. ``--rounds`` for fewer. Needs ``python scripts/servers.py influxd``.
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
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from benchmarks._ground import tell, with_store
from influx import points
from influx.connect import TOKEN_VARIABLE
from influx.schema import PET_EVENT
from influx.server import ServerStore
from tests.daemon import HOST, free_ports, wait_until
from tests.grafana_server import HOME_VARIABLE, Source, grafana_server
from tests.servers import Influx
from vision.clips import clip_key
from vision.events import CLIP_STORED, Event

BAR = 5.0
_BETWEEN = 2.0
"""Seconds between two looks."""
_CONFIG = """\
node = "pi"
data_dir = "data"
[influx]
url = "{influx.url}"
org = "{influx.org}"
[api]
port = {port}
[grafana]
url = "{grafana}"
as_user = "hutch:notes"
"""


@contextmanager
def hutch(folder: Path, influx: Influx, grafana: str) -> Iterator[None]:
    """``hutch run`` for that Grafana, once it serves."""
    (port,) = free_ports(1)
    config = folder / "hutch.toml"
    config.write_text(_CONFIG.format(influx=influx, port=port, grafana=grafana))
    command = [sys.executable, "-m", "hutch", "run", "--only", "api", "--config", str(config)]
    environment = os.environ | {TOKEN_VARIABLE: influx.token}
    log = folder / "hutch.log"
    with log.open("wb") as told:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=told, stderr=told, env=environment
        )
    try:
        if not wait_until(lambda: _answers(port), 60):
            raise SystemExit(f"hutch did not start:\n{log.read_text()}")
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port}/ping", timeout=2).is_success
    except httpx.TransportError:
        return False


def close_a_clip(store: ServerStore, number: int) -> str:
    """Say that the clip of a new event is stored; its id."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=20)
    happened = Event("cage", "hutch", number, "playing", start, start + timedelta(seconds=12), "miso")
    point = happened.point()
    fields = {**point.fields, "clip": clip_key(happened.id), "clip_state": CLIP_STORED}
    store.write(PET_EVENT.name, [points.line(points.make(PET_EVENT, point.tags, fields, point.time))])
    return happened.id


def found(client: httpx.Client, words: str, since: float) -> float:
    """Seconds from ``since`` until Grafana tells of an annotation that says ``words``."""
    window: dict[str, str | int] = {"from": 1, "to": 2**42, "tags": "clip", "limit": 1000}

    def there() -> bool:
        told = client.get("/api/annotations", params=window).raise_for_status().json()
        return any(words in each["text"] for each in told)

    if not wait_until(there, 60):
        raise SystemExit(f"after a minute there is no annotation of {words}")
    return time.monotonic() - since


def posted(client: httpx.Client, number: int) -> float:
    """Seconds until what is posted by hand is there."""
    started = time.monotonic()
    at = round(time.time() * 1000)
    body = {
        "time": at,
        "timeEnd": at + 12_000,
        "tags": ["clip", "miso", "playing", "cage"],
        "text": f"posted {number}.",
    }
    client.post("/api/annotations", json=body).raise_for_status()
    return found(client, f"posted {number}.", started)


def main() -> int:
    """Measure and print; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    if HOME_VARIABLE not in os.environ:
        print(f"no Grafana: {HOME_VARIABLE} names no installation; nothing was measured")
        return 0
    by_hutch, by_hand = [], []
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        for part in ("grafana", "nothing"):
            (folder / part).mkdir()
        with (
            with_store(folder) as (influx, store),
            grafana_server(
                folder / "grafana", folder / "nothing", Source(influx.url, influx.org, "")
            ) as grafana,
            grafana.client() as client,
            hutch(folder, influx, grafana.url),
        ):
            found(client, close_a_clip(store, 0), time.monotonic())
            for number in range(1, rounds + 1):
                time.sleep(_BETWEEN * number / rounds)
                event_id = close_a_clip(store, number)
                by_hutch.append(found(client, event_id, time.monotonic()))
                by_hand.append(posted(client, number))
    print(f"{rounds} clips, looked for every 2 s")
    print(f"{'median until it is on the graph':<52}{statistics.median(by_hutch):>9.2f} s")
    print(f"{'median of a bare POST until it is there':<52}{statistics.median(by_hand):>9.2f} s")
    print(f"{'longest of those':<52}{max(by_hand):>9.2f} s")
    return 0 if tell("longest until it is on the graph", max(by_hutch), BAR, "s") else 1


if __name__ == "__main__":
    sys.exit(main())
