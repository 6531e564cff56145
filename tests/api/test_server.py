import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from api.access.ledger import ledger_of
from api.config import ApiSection, is_loopback
from api.server import ServeError, listen, run
from collector.config import SpoolSection
from collector.spool import Spool
from collector.writer import Writer
from influx import points
from influx.embedded import EmbeddedStore
from influx.schema import ENVIRONMENT
from influx.store import RowQuery
from influx.windows import Window
from tests.api.home import Home, event
from vision.clips import DirectoryClips, clip_key

ROOT = Path(__file__).parent.parent.parent
MEGABYTE = 1024 * 1024
PAGES = (
    "/",
    "/docs",
    "/openapi.json",
    "/cameras",
    "/latest",
    "/temperature/history?every=30s",
    "/series?measurement=environment&field=temperature",
    "/events",
)
LINE = "environment,location=home,node=pi,sensor=hat temperature=20.5"


@pytest.mark.parametrize("host", ["example.org", "", "192.168.1"])
def test_only_addresses_can_be_listened_on(host: str) -> None:
    with pytest.raises(ValidationError, match="is no address to listen on"):
        ApiSection(host=host)


@pytest.mark.parametrize("reached", [{"host": "0.0.0.0"}, {"public_url": "https://hutch.example.org"}])
def test_nothing_is_served_to_others_before_an_owner_can_log_in(
    home: Home, reached: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "api.server")
    context = replace(home.context, config=ApiSection(port=0, **reached))
    with pytest.raises(ServeError, match="no owner can log in: run `hutch user add NAME` first"):
        run(context, threading.Event())
    with closing(ledger_of(context.data_dir)) as ledger:
        ledger.add_user("guest", "viewer", "hash", home.clock.moment)
        with pytest.raises(ServeError, match="no owner can log in"):
            run(context, threading.Event())
        assert not caplog.messages
        ledger.add_user("ada", "owner", "hash", home.clock.moment)
    stop = threading.Event()
    stop.set()
    run(context, stop)
    assert caplog.messages[0].startswith("serving on http://")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_names_of_loopback_are_known(host: str) -> None:
    assert is_loopback(host)
    assert ApiSection(host=host).host == host


def test_a_port_in_use_gets_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError) as caught:
            listen("127.0.0.1", port)
    assert str(caught.value) == (
        f"port {port} on 127.0.0.1 is in use; stop what listens there, or set another [api] port"
    )


def test_run_says_where_it_serves_and_stops_when_told(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "api.server")
    stop = threading.Event()
    server = threading.Thread(target=run, args=(home.context, stop))
    server.start()
    deadline = time.monotonic() + 5
    while not caplog.messages and time.monotonic() < deadline:
        stop.wait(0.01)
    url = caplog.messages[0].removeprefix("serving on ")
    assert httpx.get(f"{url}/ping").status_code == 204
    stop.set()
    server.join(5)
    assert not server.is_alive()


class Child:
    """A server in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.url = f"http://127.0.0.1:{int(process.stdout.readline())}"

    def end(self) -> str:
        """Stop it with SIGTERM; returns what it told last."""
        self.process.send_signal(signal.SIGTERM)
        told, _ = self.process.communicate(timeout=10)
        assert self.process.returncode == 0
        return told


@contextmanager
def a_child(folder: Path) -> Iterator[Child]:
    arguments = [sys.executable, "-m", "tests.api.child", str(folder)]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Child(process)
        finally:
            process.kill()


def test_the_process_stays_small_and_imports_nothing_heavy(tmp_path: Path) -> None:
    now = time.time_ns()
    seen = event(points.to_datetime(now // 10**6 * 10**6))
    (tmp_path / "clip").write_bytes(b"\0" * 32 * MEGABYTE)
    DirectoryClips(tmp_path / "clips").put(clip_key(seen.id), tmp_path / "clip")
    stored = event(seen.start, clip=clip_key(seen.id), clip_state="stored").point()
    with a_child(tmp_path) as child, httpx.Client(base_url=child.url, timeout=30) as client:
        for _ in range(3):
            many = "\n".join(f"{LINE} {now - n * 10**9}" for n in range(20_000))
            assert client.post("/api/v2/write", content=many).status_code == 204
        assert client.post("/api/v2/write", content=points.line(stored)).status_code == 204
        deadline = time.monotonic() + 20
        while client.get("/health").json()["spool"]["depth"] > 0:
            assert time.monotonic() < deadline, "the spool is not drained"
        assert len(client.get(f"/clips/{seen.id}").content) == 32 * MEGABYTE
        for path in PAGES:
            assert client.get(path).status_code == 200, path
        told = json.loads(child.end())
    assert told["heavy"] == []
    assert told["peak"] <= 140 * MEGABYTE, f"{told['peak'] / MEGABYTE:.0f} MB at the peak"


def kept(folder: Path, window: Window) -> set[int]:
    """The times of every reading that the spool and the store of ``folder`` hold together."""
    store = EmbeddedStore(folder / "points.sqlite")
    spool = Spool(folder / "spool.sqlite", SpoolSection())
    writer = Writer(spool, store, node="pi", stop=threading.Event())
    try:
        while writer.drain_once():
            pass
        assert spool.status().depth == 0
        found: set[int] = set()
        before: str | None = None
        while True:
            page = store.rows(RowQuery(ENVIRONMENT.name, window, limit=500, before=before))
            found |= {point.time_ns for point in page.points}
            before = page.next
            if before is None:
                return found
    finally:
        spool.close()
        store.close()


def test_every_line_acknowledged_before_kill_9_is_kept(
    tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    start = time.time_ns() - 3600 * 10**9
    accepted: set[int] = set()
    sent = 0
    for _ in range(rounds):
        with a_child(tmp_path) as child, httpx.Client(base_url=child.url, timeout=10) as client:
            killer = threading.Timer(chance.uniform(0.05, 0.4), child.process.kill)
            killer.start()
            try:
                while True:
                    times = [start + (sent + n) * 10**6 for n in range(chance.randrange(1, 20))]
                    sent += len(times)
                    answer = client.post("/api/v2/write", content="\n".join(f"{LINE} {at}" for at in times))
                    assert answer.status_code == 204, answer.text
                    accepted |= set(times)
            except httpx.TransportError:
                killer.join()
    assert len(accepted) > 10 * rounds, "the rounds were long enough to mean something"
    window = Window(points.to_datetime(start), points.to_datetime(start + (sent + 1) * 10**6))
    missing = accepted - kept(tmp_path, window)
    assert not missing, f"{len(missing)} of {len(accepted)} accepted lines are missing"
