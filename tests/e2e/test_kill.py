"""Kill -9 of each process while it works: what was accepted is there afterwards, and everything resumes."""

import io
import random
import sqlite3
import time
from functools import partial
from pathlib import Path

import av
import httpx
import psutil
import pytest

from hutch.supervisor import HEALTHY
from tests.daemon import wait_until
from tests.e2e.home import Home

SENSOR = "kill-test"


def send(home: Home, time_ns: int) -> bool:
    """Send one reading; True where it was accepted."""
    line = f"environment,location=hutch,node=killer,sensor={SENSOR} temperature=20.5 {time_ns}"
    try:
        answer = httpx.post(f"{home.url}/api/v2/write", params={"precision": "ns"}, content=line, timeout=5)
    except httpx.HTTPError:
        return False
    assert answer.status_code in (204, 503), answer.text
    return answer.status_code == 204


def stored(home: Home) -> set[int]:
    """The times, in ns, of every reading of this test in the store, read as a user would: with SQL."""
    with sqlite3.connect(f"file:{home.data_dir}/points.sqlite?mode=ro", uri=True) as database:
        rows = database.execute("SELECT time FROM environment WHERE sensor = ?", (SENSOR,)).fetchall()
    database.close()
    return {row[0] for row in rows}


def has_lived(process: psutil.Process) -> bool:
    """Whether the process is old enough to be started again at once."""
    return time.time() - process.create_time() > HEALTHY + 0.5


def recorded(home: Home) -> list[dict[str, str]]:
    """The events whose clip is said to be stored; waits until there is one."""
    found: list[dict[str, str]] = []

    def look() -> bool:
        events = httpx.get(f"{home.url}/recordings?limit=200", timeout=10).json()["recordings"]
        found[:] = [event for event in events if event["clip_state"] == "stored"]
        return bool(found)

    assert wait_until(look, 90), f"no clip was stored\n{home.tail()}"
    return found


def plays(home: Home, event: dict[str, str]) -> bool:
    """Whether the clip of an event decodes to its end."""
    clip = httpx.get(f"{home.url}{event['clip']}", timeout=10)
    if clip.status_code != 200:
        return False
    with av.open(io.BytesIO(clip.content), "r") as container:
        return sum(1 for _frame in container.decode(video=0)) > 10


def frame_time(home: Home) -> str:
    """When the newest picture was taken; empty while there is none."""
    try:
        return str(httpx.get(f"{home.url}/live.jpg", timeout=5).headers.get("x-frame-time", ""))
    except httpx.HTTPError:
        return ""


@pytest.mark.timeout(3600)
def test_nothing_accepted_is_missing_after_any_process_was_killed(
    tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    home = Home(tmp_path)
    home.start()
    accepted: set[int] = set()
    base, sent = time.time_ns() - 3600 * 10**9, 0
    try:
        for number in range(rounds):
            for part in ("collector", "camera", "api"):
                victim = home.worker(part)
                for _ in range(chance.randrange(5, 40)):
                    sent += 1
                    if send(home, base + sent):
                        accepted.add(base + sent)
                # One that dies younger is started again after a pause that doubles each time.
                assert wait_until(partial(has_lived, victim), 30)
                victim.kill()
                assert wait_until(home.answers, 90), (
                    f"round {number}: no api after killing {part}\n{home.tail()}"
                )
                assert home.worker(part).pid != victim.pid
        assert accepted, "nothing was accepted, so nothing was tested"
        assert wait_until(lambda: accepted <= stored(home), 60), (
            f"{len(accepted - stored(home))} of {len(accepted)} accepted readings are missing\n{home.tail()}"
        )
        broken = [event["event_id"] for event in recorded(home) if not plays(home, event)]
        assert not broken, f"stored clips that do not play: {broken}\n{home.tail()}"
        before = frame_time(home)
        assert wait_until(lambda: frame_time(home) not in ("", before), 60), f"no live picture\n{home.tail()}"
    finally:
        home.stop()
