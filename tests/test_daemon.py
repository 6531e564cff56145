"""Processes of the test run: they find a port, say why they failed, and never outlive it."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from tests.daemon import HOST, Daemon, StartFailed, wait_until


class WebServer(Daemon):
    """The smallest real server: Python's own."""

    name = "web"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "http.server", "--bind", HOST, str(self.ports[0])]

    def answers(self) -> bool:
        return httpx.get(f"http://{HOST}:{self.ports[0]}/").is_success


class Shell(Daemon):
    """A process without ports that is up when it has written a word."""

    name = "shell"
    port_count = 0
    start_seconds = 5.0
    script = ""

    def command(self) -> list[str]:
        return ["/bin/sh", "-c", self.script]

    def answers(self) -> bool:
        return "up" in self.log.read_text()


def test_a_port_that_another_process_takes_first_costs_a_second_try(tmp_path: Path) -> None:
    with socket.socket() as thief:

        class Robbed(WebServer):
            def command(self) -> list[str]:
                if not self.log.read_text():
                    thief.bind((HOST, self.ports[0]))
                    thief.listen()
                return super().command()

        server = Robbed(tmp_path)
        server.start()
        assert server.ports[0] != thief.getsockname()[1]
        assert server.answers()
        server.stop()


def test_a_server_comes_back_at_the_same_address(tmp_path: Path) -> None:
    server = WebServer(tmp_path)
    server.start()
    pid, ports = server.pid, server.ports
    server.restart()
    assert server.ports == ports
    assert server.pid != pid
    assert server.answers()
    server.kill()
    with pytest.raises(RuntimeError, match="web is not running"):
        assert server.pid


def test_a_start_that_fails_shows_the_log(tmp_path: Path) -> None:
    class Broken(Shell):
        script = "echo the disk is on fire >&2; exit 3"

    with pytest.raises(StartFailed, match=r"shell ended by itself; the end of its log:\n(?s:.*)on fire"):
        Broken(tmp_path).start()


def test_a_start_that_takes_too_long_is_given_up_and_ended(tmp_path: Path) -> None:
    class Stuck(Shell):
        start_seconds = 0.3
        script = "echo $$; exec sleep 60"

    server = Stuck(tmp_path)
    with pytest.raises(StartFailed, match=r"shell did not serve within 0\.3 s"):
        server.start()
    assert not psutil.pid_exists(int(server.log.read_text()))


def test_a_server_deaf_to_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    class Deaf(Shell):
        grace_seconds = 0.2
        script = "trap '' TERM; echo up; exec sleep 60"

    before = set(psutil.Process().children())
    server = Deaf(tmp_path)
    server.start()
    pid = server.pid
    server.stop()
    assert not psutil.pid_exists(pid)
    assert set(psutil.Process().children()) == before, "the server or its guard is left"


def test_a_test_run_that_is_killed_takes_its_servers_along(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from tests.test_daemon import WebServer;"
        "server = WebServer(Path(sys.argv[1])); server.start(); print(server.pid, flush=True); time.sleep(60)"
    )
    root = Path(__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], cwd=root, stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        pid = int(run.stdout.readline())
        assert psutil.pid_exists(pid)
        run.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not psutil.pid_exists(pid), 10), f"process {pid} has outlived its test run"
