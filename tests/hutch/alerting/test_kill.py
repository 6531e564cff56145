"""Killed between an alarm and its mail, it sends that after the start: once, or the same twice."""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from influx import alarms
from tests.daemon import until
from tests.hutch.alerting.sink import Sink, mail_server


@contextmanager
def looking(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks and sends, until it is killed with -9 at the end of the block."""
    command = [sys.executable, "-m", "tests.hutch.alerting.child", str(folder), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"looked\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def pending_for_long(folder: Path) -> None:
    """Let what is pending have begun a minute ago, and who looks too, so that no test waits for it."""
    kept = alarms.read(folder)
    assert kept.alarms, "the first look found that it is too warm"
    early = datetime.now(UTC) - timedelta(minutes=1)
    kept.alarms = {key: one.model_copy(update={"began": early}) for key, one in kept.alarms.items()}
    kept.looking_since = early
    alarms.write(folder, kept)


def begun(folder: Path, port: int) -> None:
    with looking(folder, port):
        pass
    pending_for_long(folder)


def ids(sink: Sink) -> set[str]:
    return {str(mail["Message-ID"]) for mail in sink.mails}


def sent(folder: Path) -> bool:
    letters = alarms.read(folder).letters
    return bool(letters) and all(letter.sent is not None for letter in letters)


def test_killed_while_the_mail_server_is_away_it_sends_exactly_one(tmp_path: Path) -> None:
    with mail_server() as sink:
        pass
    begun(tmp_path, sink.port)
    with looking(tmp_path, sink.port):
        until("the letter waits", lambda: bool(alarms.read(tmp_path).waiting))
    with mail_server(sink):
        with looking(tmp_path, sink.port):
            until("it is sent", lambda: sent(tmp_path))
        with looking(tmp_path, sink.port):
            pass
    assert sink.subjects == ["The hutch is too warm: 30.0 °C"]


def test_killed_before_it_heard_that_the_mail_was_taken_it_sends_the_same_again(tmp_path: Path) -> None:
    with mail_server() as sink:
        begun(tmp_path, sink.port)
        sink.hold.clear()
        with looking(tmp_path, sink.port):
            assert sink.came.wait(10), "the mail came, and nobody said that it was taken"
        sink.hold.set()
        with looking(tmp_path, sink.port):
            until("it is sent", lambda: sent(tmp_path))
    assert (len(sink.mails), len(ids(sink))) == (2, 1)


def test_killed_at_any_moment_none_is_lost(tmp_path: Path, rounds: int, chance: random.Random) -> None:
    with mail_server() as sink:
        begun(tmp_path, sink.port)
        for _ in range(rounds):
            with looking(tmp_path, sink.port):
                sink.came.wait(chance.uniform(0, 0.2))
        with looking(tmp_path, sink.port):
            until("it is sent", lambda: sent(tmp_path))
    assert len(ids(sink)) == 1
    assert len(sink.mails) <= 2
