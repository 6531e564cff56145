"""``hutch run --only``: parts of one home that are started apart, as the containers do."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

from hutch.home import Part, claim
from tests.daemon import free_ports, until
from tests.deploy.composed import hutch

HOME = """
[[locations]]
name = "den"
[[collector.sensors]]
kind = "simulated"
name = "hat"
location = "den"
interval = 0.2
[vision]
consent = true
[[vision.cameras]]
kind = "scripted"
name = "cage"
location = "den"
[api]
port = {port}
"""


@contextmanager
def running(folder: Path, part: str) -> Iterator[psutil.Process]:
    """``hutch run --only PART``; it ends within its own patience."""
    log = folder / f"{part}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "hutch", "run", "--only", part],
            cwd=folder,
            stdin=subprocess.DEVNULL,  # as in a container
            stdout=out,
            stderr=out,
        )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, log.read_text()


def workers_of(process: psutil.Process) -> list[str]:
    """Which parts ``process`` has started, once it has started one."""
    found: list[str] = []

    def look() -> bool:
        found.clear()
        for child in process.children():
            with suppress(psutil.Error):  # the check of the configuration, which ends soon
                command = child.cmdline()
                if "hutch.worker" in command:
                    found.append(command[command.index("hutch.worker") + 1])
        return bool(found)

    until(f"{process} has its worker", look, 30)
    return found


def test_parts_that_are_started_apart_are_one_home(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    (tmp_path / "hutch.toml").write_text(HOME.format(port=port))
    with (
        running(tmp_path, "api") as api,
        running(tmp_path, "collector") as collector,
        running(tmp_path, "cameras") as cameras,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client,
    ):
        assert workers_of(api) == ["api"]
        assert workers_of(collector) == ["collector"]
        assert workers_of(cameras) == ["camera"]

        def answers(path: str) -> bool:
            try:
                answer = client.get(path)
            except httpx.TransportError:
                return False
            return answer.status_code == 200 and answer.content not in (b"[]", b"{}")

        until(
            "the readings of the collector are there", lambda: answers("/temperature/history?last=PT1M"), 30
        )
        until("the picture of the camera is there", lambda: answers("/live.jpg?camera=cage"), 30)

        again = hutch("run", "--only", "collector", cwd=tmp_path)
        assert (again.returncode, again.stdout) == (3, "")
        assert f"is in use by another hutch (process {collector.pid})" in again.stderr
        whole = hutch("run", cwd=tmp_path)
        assert whole.returncode == 3
        assert "is in use by another hutch" in whole.stderr


def test_a_part_needs_nothing_that_is_the_apis_alone(tmp_path: Path) -> None:
    """As a container has it that reaches neither the list of who may log in nor the API's secrets."""
    told = '[alerts]\nsmtp = {host = "mail", sender = "h@example.org", password_file = "none"}\n'
    (tmp_path / "hutch.toml").write_text(HOME.format(port=1) + 'host = "0.0.0.0"\n' + told)
    for part in (Part.COLLECTOR, Part.CAMERAS):
        with running(tmp_path, part) as process:
            assert workers_of(process)
    done = hutch("run", "--only", "api", cwd=tmp_path)
    assert done.returncode == 2
    assert "no owner can log in" in done.stderr
    assert "password_file: " in done.stderr


def test_a_whole_hutch_leaves_no_part_to_others(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").write_text(HOME.format(port=1))
    with claim(tmp_path / "data"):
        for part in Part:
            done = hutch("run", "--only", part, cwd=tmp_path)
            assert done.returncode == 3, part
            assert "is in use by another hutch" in done.stderr


def test_the_demo_has_every_part(tmp_path: Path) -> None:
    done = hutch("run", "--demo", "--only", "api", cwd=tmp_path)
    assert done.returncode == 2
    assert "--demo brings a configuration and every part; give neither --config nor --only" in done.stderr
