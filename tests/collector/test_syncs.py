"""How often the disk is made to sync: that is what an SD card wears out by, and what who adds waits for."""

import os
import subprocess
import sys
from pathlib import Path

from tests.collector.lines import spool_at

DURABLE = """
import sys, threading
from pathlib import Path
from collector.config import SpoolSection
from collector.spool import Spool
from tests.collector.lines import climate
spool = Spool(Path(sys.argv[1]) / "spool.sqlite", SpoolSection())
def add(part):
    for number in range(20):
        spool.add_lines("environment", climate(1, first=100 * part + number), durable=True)
threads = [threading.Thread(target=add, args=(part,)) for part in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
spool.close()
"""

SENSORS = """
import sys, threading, time
from pathlib import Path
from collector.backlog import Backlog
from collector.config import SpoolSection
from collector.spool import Spool
from influx.lines import parse_line
from tests.collector.lines import climate
spool = Spool(Path(sys.argv[1]) / "spool.sqlite", SpoolSection())
backlog, stop = Backlog(spool), threading.Event()
intake = threading.Thread(target=backlog.run, args=(stop,))
intake.start()
points = [parse_line(line) for line in climate(3000)]
started = time.monotonic()
for number, point in enumerate(points):
    backlog.put([point])
    time.sleep(max(0, started + number / 1000 - time.monotonic()))
stop.set()
intake.join()
print(time.monotonic() - started)
spool.close()
"""


ADDS = """
import sys, threading, time
from pathlib import Path
from collector.config import SpoolSection
from collector.spool import Spool
from tests.collector.lines import climate
spool, never = Spool(Path(sys.argv[1]) / "spool.sqlite", SpoolSection()), threading.Event()
for number in range(30):
    spool.add_lines("environment", climate(1, first=number))
    print(time.monotonic())
    never.wait(0.1)
spool.close()
"""


def run(code: str, shim: Path, folder: Path, milliseconds: int) -> tuple[str, list[str]]:
    """What the code printed, and the name of the file at each sync."""
    out, told = timed(code, shim, folder, milliseconds)
    return out, [name for name, _began in told]


def timed(code: str, shim: Path, folder: Path, milliseconds: int) -> tuple[str, list[tuple[str, float]]]:
    """What the code printed, and at each sync the name of the file and when it began (monotonic)."""
    syncs = folder / "syncs"
    environment = {
        **os.environ,
        "LD_PRELOAD": str(shim),
        "HUTCH_SYNCS": str(syncs),
        "HUTCH_SYNC_MS": str(milliseconds),
    }
    ended = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, timeout=60, env=environment
    )
    assert ended.returncode == 0, ended.stderr
    told = [line.split() for line in syncs.read_text().splitlines()]
    return ended.stdout, [(name, float(began)) for name, began in told]


def test_durable_adds_that_come_at_once_share_their_syncs(shim: Path, tmp_path: Path) -> None:
    _out, syncs = run(DURABLE, shim, tmp_path, 5)
    with spool_at(tmp_path) as spool:
        assert spool.status().depth == 320
    # Each add waits for the sync that runs when it comes, and for the next one, which is its own.
    assert syncs.count("spool.sqlite-wal") < 320 / 4, "durable adds do not share syncs"


def test_a_lone_durable_add_waits_for_its_own_sync_only(shim: Path, tmp_path: Path) -> None:
    alone = DURABLE.replace("range(16)", "range(1)")
    _out, syncs = run(alone, shim, tmp_path, 0)
    assert syncs.count("spool.sqlite-wal") - 20 in range(5), "an add without company is not synced once"


def test_a_thousand_readings_a_second_cost_one_sync_a_second(shim: Path, tmp_path: Path) -> None:
    out, syncs = run(SENSORS, shim, tmp_path, 0)
    with spool_at(tmp_path) as spool:
        assert spool.status().depth == 3000
    seconds = float(out)
    # The first second is synced at its end, the last at the close; making the file syncs too.
    assert syncs.count("spool.sqlite-wal") <= seconds + 4, syncs
    assert syncs.count("spool.sqlite") <= 2 + seconds / 3, f"checkpoints come too often: {syncs}"


def test_every_add_is_synced_about_a_second_later(shim: Path, tmp_path: Path) -> None:
    out, told = timed(ADDS, shim, tmp_path, 0)
    syncs = [began for name, began in told if name == "spool.sqlite-wal"]
    for added in map(float, out.split()):
        waited = min((began - added for began in syncs if began >= added), default=None)
        assert waited is not None, "an add was never synced"
        assert waited <= 1.5, f"an add was synced {waited:.2f} s later"
