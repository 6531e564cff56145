"""The lock between processes: one holder, and none after its death."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from collector.file_lock import FileLock
from tests.daemon import wait_until

HOLD = """
import sys, time
from pathlib import Path
from collector.file_lock import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.take(wait=False), flush=True)
time.sleep(60)
"""


def test_two_holders_exclude_each_other_within_a_process(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.take(wait=False)
    assert not second.take(wait=False)
    first.release()
    assert second.take(wait=False)
    assert second.held
    assert not first.held
    first.close()
    second.close()


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock.path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert not lock.take(wait=False), "two processes hold the lock"
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
        assert wait_until(lambda: lock.take(wait=False), 5)
    lock.close()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_does_not_keep_its_parents_lock(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    assert lock.take(wait=False)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        verdict = b"held" if lock.held else b"free"
        os.write(writer, verdict)
        signal.pause()
        os._exit(1)
    try:
        assert os.read(reader, 10) == b"free"
        other = FileLock(tmp_path / "lock")
        assert not other.take(wait=False), "the child's birth has freed the lock"
        lock.release()
        assert other.take(wait=False), "the child keeps the lock"
        other.close()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reader)
        os.close(writer)
        lock.close()
