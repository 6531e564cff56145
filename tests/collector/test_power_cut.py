"""A power cut: every write that was not synced is gone, and what was promised is there all the same."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.collector.lines import climate, spool_at, take_all

ADD = """
import sys, time
from pathlib import Path
from collector.config import SpoolSection
from collector.spool import Spool
from tests.collector.lines import climate
spool = Spool(Path(sys.argv[1]) / "spool.sqlite", SpoolSection())
for number in range(100_000):
    spool.add_lines("environment", climate(20, first=20 * number), durable=sys.argv[2] == "durable")
    print(number, flush=True)
    if sys.argv[2] != "durable":
        time.sleep(0.02)  # slower than would fill the log, whose checkpoints sync too
"""


@contextmanager
def adding(shim: Path, folder: Path, promise: str) -> Iterator[subprocess.Popen[str]]:
    """A process that adds to a spool in ``folder/live``; what it synced is in ``folder/synced``."""
    (folder / "live").mkdir(parents=True)
    (folder / "synced").mkdir()
    environment = {**os.environ, "LD_PRELOAD": str(shim), "HUTCH_SYNCED": str(folder / "synced")}
    command = [sys.executable, "-c", ADD, str(folder / "live"), promise]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def acknowledged(process: subprocess.Popen[str], count: int) -> int:
    """Wait for ``count`` more acknowledgements; the number of the last."""
    assert process.stdout is not None
    for _ in range(count):
        last = process.stdout.readline()
        assert last, "the process that adds has ended"
    return int(last)


def last_acknowledged(process: subprocess.Popen[str], so_far: int) -> int:
    """Kill the process; the number of the last acknowledgement it printed."""
    process.kill()
    assert process.stdout is not None
    rest = process.stdout.read().split("\n")[:-1]
    return int(rest[-1]) if rest else so_far


def what_a_cut_leaves(folder: Path) -> list[str]:
    with spool_at(folder / "synced") as spool:
        assert spool.status().healed == 0, "a power cut has damaged the file"
        return take_all(spool)


def test_durable_adds_survive_a_power_cut(
    shim: Path, tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    for number in range(rounds):
        folder = tmp_path / str(number)
        with adding(shim, folder, "durable") as process:
            last = acknowledged(process, chance.randrange(1, 120))
            last = last_acknowledged(process, last)
        left = what_a_cut_leaves(folder)
        promised = climate(20 * (last + 1))
        assert left[: len(promised)] == promised, f"{len(left)} of {len(promised)} lines are left"


def test_other_adds_survive_a_power_cut_once_the_log_was_synced(shim: Path, tmp_path: Path) -> None:
    log = tmp_path / "synced" / "spool.sqlite-wal"

    def last_sync() -> int:
        return log.stat().st_mtime_ns if log.exists() else 0

    with adding(shim, tmp_path, "soon") as process:
        last = acknowledged(process, 5)
        for _ in range(2):  # the first sync after the acknowledgement may have begun before it
            before = last_sync()
            while last_sync() == before:
                acknowledged(process, 1)
        last_acknowledged(process, last)
    left = what_a_cut_leaves(tmp_path)
    promised = climate(20 * (last + 1))
    assert left[: len(promised)] == promised, f"of {len(promised)} synced lines {len(left)} are left"
    assert left == climate(len(left)), "what is left is not the beginning of what was added"
