"""The supervisor tends real processes, which are really killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from hutch.alerting.contacts import PASSWORD_VARIABLE
from hutch.supervisor import FIRST_BEAT, HEARTBEATS, Child, Supervisor
from tests.daemon import wait_until

LIVES = [sys.executable, "-c", "import sys; print(sys.stdin.read())"]
"""A process that lives until its standard input ends, as the workers do."""


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tend() -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def make(*children: Child, clock: Clock) -> Supervisor:
        made.append(Supervisor(children, now=clock))
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.close()


def end_of(child: Child) -> None:
    assert child.process is not None
    child.process.wait(10)


def test_every_child_is_started(tend: Callable[..., Supervisor], clock: Clock) -> None:
    children = [Child("one", LIVES), Child("two", LIVES)]
    tend(*children, clock=clock).tend()
    assert all(child.process is not None and child.process.poll() is None for child in children)


def test_a_child_that_dies_young_is_started_again_with_growing_delay(
    tend: Callable[..., Supervisor], clock: Clock
) -> None:
    child = Child("one", LIVES)
    supervisor = tend(child, clock=clock)
    waits = []
    for _ in range(8):
        while child.process is None:
            supervisor.tend()
            clock.time += 0.25
        before = clock.time
        child.process.send_signal(signal.SIGKILL)
        end_of(child)
        supervisor.tend()
        waits.append(child.due - before)
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_child_that_lived_a_while_is_started_again_at_once(
    tend: Callable[..., Supervisor], clock: Clock
) -> None:
    child = Child("one", LIVES, delay=30.0)
    supervisor = tend(child, clock=clock)
    supervisor.tend()
    clock.time += 5
    assert child.process is not None
    child.process.kill()
    end_of(child)
    supervisor.tend()
    assert child.due == clock.time


def test_a_child_with_bad_configuration_is_not_started_again(
    tend: Callable[..., Supervisor], clock: Clock
) -> None:
    child = Child("one", [sys.executable, "-c", "raise SystemExit(2)"])
    supervisor = tend(child, clock=clock)
    supervisor.tend()
    end_of(child)
    supervisor.tend()
    clock.time += 1000
    supervisor.tend()
    assert child.process is None
    assert supervisor.failed


def test_a_child_that_ignores_the_request_to_stop_is_killed(clock: Clock, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    deaf = (
        "import signal, pathlib, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(ready)!r}).touch(); time.sleep(600)"
    )
    child = Child("deaf", [sys.executable, "-c", deaf])
    supervisor = Supervisor([child], now=lambda: time.monotonic() * 20)
    supervisor.tend()
    deadline = time.monotonic() + 10
    while not ready.exists():
        assert time.monotonic() < deadline, "the child did not start"
    assert child.process is not None
    process = child.process
    supervisor.close()
    assert process.returncode == -signal.SIGKILL


def test_no_child_outlives_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f"""
import os, pathlib, sys, time
from hutch.alerting.contacts import PASSWORD_VARIABLE
from hutch.supervisor import FIRST_BEAT, HEARTBEATS, Child, Supervisor
from tests.daemon import wait_until
code = "import os, sys, threading; from hutch.worker import stop_when_told; stop = threading.Event(); " \
       "stop_when_told(stop); open({str(pid_file)!r}, 'w').write(str(os.getpid())); stop.wait()"
supervisor = Supervisor([Child("one", [sys.executable, "-c", code])], now=time.monotonic)
supervisor.tend()
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 20
    while not (pid_file.exists() and pid_file.read_text()):
        assert time.monotonic() < deadline, "the child did not start"
        assert parent.poll() is None, "the supervisor died by itself"
    child = psutil.Process(int(pid_file.read_text()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    gone, alive = psutil.wait_procs([child], timeout=10)
    assert not alive, f"{child} outlived its supervisor"
    assert gone


def test_the_password_of_mails_is_handed_to_no_child(
    tend: Callable[..., Supervisor], clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "pssst")
    monkeypatch.setenv("HUTCH_ELSE", "kept")
    told = tmp_path / "told"
    child = Child(
        "one", [sys.executable, "-c", f"import os; open({str(told)!r}, 'w').write(repr(os.environ))"]
    )
    tend(child, clock=clock).tend()
    end_of(child)
    assert "pssst" not in told.read_text()
    assert "'HUTCH_ELSE': 'kept'" in told.read_text()


def beating(then: str, tmp_path: Path) -> list[str]:
    """A process that beats three times and does ``then``."""
    script = f"""
import ctypes, os, pathlib, signal, threading, time
from vision.heartbeat import inherited
heartbeat, stop = inherited(), threading.Event()
heartbeat.wait(stop, 2.5)
pathlib.Path({str(tmp_path / "beaten")!r}).touch()
{then}
"""
    return [sys.executable, "-c", script]


@pytest.mark.parametrize(
    "then",
    [
        "ctypes.PyDLL(None).sleep(600)",  # lets no other thread of Python run
        "os.kill(os.getpid(), signal.SIGSTOP)",
        "threading.Thread(target=heartbeat.wait, args=(stop,)) and time.sleep(600)",
    ],
    ids=["holds the interpreter", "is halted", "does not come back"],
)
def test_a_child_that_hangs_as_a_whole_is_killed_and_started_again(
    tend: Callable[..., Supervisor],
    clock: Clock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    then: str,
) -> None:
    child = Child("camera cage", beating(then, tmp_path), beats=True)
    supervisor = tend(child, clock=clock)
    supervisor.tend()
    process = child.process
    assert process is not None
    assert wait_until((tmp_path / "beaten").exists, 30)
    clock.time = FIRST_BEAT + 1
    supervisor.tend()
    clock.time += HEARTBEATS - 1
    supervisor.tend()
    assert process.poll() is None, "it was not waited for long enough"
    clock.time += 2
    for _ in range(3):
        supervisor.tend()
    end_of(child)
    assert process.returncode == -signal.SIGKILL
    supervisor.tend()
    supervisor.tend()
    assert child.process is not None
    assert child.process.pid != process.pid
    said = [record.message for record in caplog.records]
    assert said[0] == "camera cage hangs: it gave no sign of life for 30 s and is killed"
    assert len(said) == 2


def test_a_child_that_beats_is_left_alone_for_ever(
    tend: Callable[..., Supervisor], clock: Clock, tmp_path: Path
) -> None:
    child = Child("camera cage", beating("heartbeat.wait(stop)", tmp_path), beats=True)
    supervisor = tend(child, clock=clock)
    supervisor.tend()
    process = child.process
    assert process is not None
    assert wait_until((tmp_path / "beaten").exists, 30)
    for _ in range(4):
        clock.time += HEARTBEATS - 1
        deadline = time.monotonic() + 1.2
        while time.monotonic() < deadline:
            supervisor.tend()
            time.sleep(0.1)
    assert child.process is process
    assert process.poll() is None


def test_a_child_that_never_beats_at_all_has_its_time_to_start(
    tend: Callable[..., Supervisor], clock: Clock
) -> None:
    child = Child("camera cage", LIVES, beats=True)
    supervisor = tend(child, clock=clock)
    supervisor.tend()
    process = child.process
    assert process is not None
    clock.time = FIRST_BEAT - 1
    supervisor.tend()
    assert process.poll() is None
    clock.time = FIRST_BEAT
    supervisor.tend()
    assert process.wait(10) == -signal.SIGKILL


def test_a_child_without_signs_of_life_is_not_asked_for_any(
    tend: Callable[..., Supervisor], clock: Clock
) -> None:
    child = Child("api", LIVES)
    supervisor = tend(child, clock=clock)
    supervisor.tend()
    clock.time = 10 * FIRST_BEAT
    supervisor.tend()
    assert child.process is not None
    assert child.process.poll() is None
