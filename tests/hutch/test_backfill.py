"""`hutch influx backfill` as a user runs it."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hutch.home import making_rollups
from influx import local_time
from influx.apply import apply
from influx.config import InfluxSection, Retention
from influx.connect import TOKEN_VARIABLE, connect
from influx.store import RowQuery, Store
from influx.windows import Window
from tests.daemon import until
from tests.hutch.test_commands import hutch, one_sentence
from tests.influx.reference_rollups import differences, everything
from tests.influx.test_rollups import climate, put, there
from tests.servers import Influx

ZONE = ZoneInfo("Asia/Kathmandu")
NOW = datetime.now(UTC)
START = local_time.floor(NOW) - timedelta(days=3)
POINTS = [climate(START + n * timedelta(minutes=7), float(n % 40)) for n in range(300)]
_numbers = itertools.count()
WINDOW = Window(NOW - timedelta(days=40), NOW)
PERIOD = ("--start", f"{START:%Y-%m-%dT%H:%M}Z", "--stop", f"{NOW:%Y-%m-%dT%H:%M}Z")


@pytest.fixture(params=["embedded", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The store of the home in ``tmp_path``, with points and without rollups."""
    config = f"timezone = '{ZONE.key}'\n[influx.retention]\nreadings = 'P30D'\n"
    section = InfluxSection(retention=Retention(readings=timedelta(days=30)))
    with pytest.MonkeyPatch.context() as environment:
        if request.param == "server":
            server: Influx = request.getfixturevalue("influx_server")
            environment.setenv(TOKEN_VARIABLE, server.token)
            prefix = f"backfill{next(_numbers)}_"
            section = section.model_copy(
                update={"url": server.url, "org": server.org, "bucket_prefix": prefix}
            )
            apply(section, environment={TOKEN_VARIABLE: server.token})
            config += f"[influx]\nurl = '{server.url}'\norg = '{server.org}'\nbucket_prefix = '{prefix}'\n"
        (tmp_path / "hutch.toml").write_text(config)
        with closing(connect(section, tmp_path / "data")) as store:
            put(store, POINTS)
            yield store


def test_rollups_are_made_anew_and_again(store: Store, tmp_path: Path) -> None:
    today = local_time.day(NOW, ZONE).start
    expected = [p for p in everything(POINTS, ZONE) if p.measurement == "environment_15m" or p.time < today]
    for _ in range(2):
        ended = hutch("influx", "backfill", *PERIOD, cwd=tmp_path)
        assert ended.returncode == 0, ended.stderr
        assert "made anew" in ended.stderr
        assert differences(there(store, WINDOW, "environment_15m", "environment_1d"), expected) == []


def test_what_raw_points_no_longer_cover_is_named_and_left_alone(store: Store, tmp_path: Path) -> None:
    gone = (
        "--start",
        f"{NOW - timedelta(days=100):%Y-%m-%d}",
        "--stop",
        f"{NOW - timedelta(days=50):%Y-%m-%d}",
    )
    ended = hutch("influx", "backfill", *gone, "--measurement", "environment", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "environment: left as it is" in ended.stderr
    partly = ("--start", gone[1], *PERIOD[2:])
    ended = hutch("influx", "backfill", *partly, "--measurement", "environment", cwd=tmp_path)
    (told,) = (line for line in ended.stderr.splitlines() if "environment: only" in line)
    assert "can be made anew; raw points are kept since" in told
    assert "UTC" not in told
    assert "made anew: the rollups of 1 measurement\n" in ended.stderr
    assert store.rows(RowQuery("environment_15m", WINDOW)).points


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--start", "may", "--stop", "2026-06-01"), "--start 'may' is no time"),
        (("--start", "2026-06-01", "--stop", "2026-05-01"), "the window must start before it stops"),
        (
            (*PERIOD, "--measurement", "journal"),
            "there are no rollups of 'journal'; there are of environment",
        ),
    ],
)
def test_nonsense_is_refused_in_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "hutch.toml").touch()
    assert sentence in one_sentence(hutch("influx", "backfill", *arguments, cwd=tmp_path))


def test_an_interrupted_backfill_says_so_and_can_be_done_again(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").touch()
    command = [sys.executable, "-m", "hutch", "influx", "backfill", *PERIOD, "--measurement", "environment"]
    # Coverage holds a plain lock while it notes a file: interrupted there, it waits for itself for ever.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    # As long as another makes rollups it cannot be done before it is interrupted.
    with making_rollups(tmp_path / "data"):
        process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=environment)
        try:
            until("the backfill opened its store", (tmp_path / "data" / "points.sqlite").exists, 60)
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)[1]
        finally:
            process.kill()
            process.communicate()
    assert process.returncode == 130, said
    assert "hutch: interrupted; run it again to go on" in said
    assert "Traceback" not in said
    ended = hutch("influx", "backfill", *PERIOD, "--measurement", "environment", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr


def test_what_is_the_same_of_all_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").write_text("timezone = 'Asia/Kathmandu'\n")
    far = ("--start", f"{NOW - timedelta(days=1):%Y-%m-%d}", "--stop", f"{NOW + timedelta(days=9):%Y-%m-%d}")
    ended = hutch("influx", "backfill", *far, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("only") == 1
    assert "what comes after has not passed yet" in ended.stderr
    assert "made anew: the rollups of 0 measurements" in ended.stderr
