"""Tokens are replaced and a server is wiped while points flow: a running collector goes on by itself."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE, Role
from influx.influxdb.administration import administering
from influx.influxdb.tokens import list_tokens
from tests.children import Child
from tests.daemon import wait_until
from tests.faults.processes import collecting, deliver
from tests.faults.stored import Home, once, rows_of
from tests.servers import Influx

NO_TOKEN = {TOKEN_VARIABLE: ""}
"""The tokens are in their files."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A server that ``hutch influx apply`` has set up, and its configuration in ``hutch.toml``."""
    tmp_path = tmp_path_factory.mktemp("home")
    (tmp_path / "influxd").mkdir()
    server = Influx(tmp_path / "influxd")
    try:
        server.start()
        config = InfluxSection(url=server.url, org="home", token_dir=tmp_path / "secrets" / "influx")
        home = Home(server, config)
        home.write_config(tmp_path / "hutch.toml")
        hutch(home, "apply")
        yield home
    finally:
        server.stop()


def hutch(home: Home, *arguments: str) -> str:
    """What ``hutch influx`` with these arguments says."""
    path = home.config.token_dir.parent.parent / "hutch.toml"
    ended = subprocess.run(
        [sys.executable, "-m", "hutch", "influx", *arguments, "--config", str(path)],
        env={**os.environ, **NO_TOKEN},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, f"hutch influx {' '.join(arguments)}: {ended.stdout}{ended.stderr}"
    home.server.token = (home.config.token_dir / Role.OPERATOR).read_text().strip()
    return ended.stdout


def token_of_the_writer(home: Home) -> str:
    """The id of the token that is in the writer's file."""
    with administering(home.config, {}) as server:
        (current,) = [
            one for one, is_current in list_tokens(server) if is_current and one.role == Role.WRITER
        ]
    return current.id


def wait_for_more(home: Home, child: Child) -> None:
    """Wait until points arrive that were accepted after this was called."""
    before = len(child.told("accepted "))
    child.wait_until_printed(before + 1, "accepted ")
    wanted = rows_of(child.told("accepted ")[before : before + 1])
    assert wait_until(lambda: wanted <= set(home.rows()), 120), f"nothing more arrives: {child.said()}"


def end(home: Home, child: Child, data_dir: Path) -> None:
    """Let the collector end, and deliver what it has left."""
    child.finish()
    status = deliver(home, data_dir)
    assert (status.rejected, status.dropped, status.dead) == (0, 0, 0)


@pytest.mark.timeout(1800)
def test_a_token_is_revoked_and_replaced_while_points_flow(home: Home, tmp_path: Path, rounds: int) -> None:
    with collecting(home, tmp_path / "data", "pi", environment=NO_TOKEN) as child:
        wait_for_more(home, child)
        for number in range(max(2, rounds // 5)):
            old = token_of_the_writer(home)
            if number % 2 == 0:  # in the order that makes a pause
                complaints = child.said().count("refuses the token with 401")
                hutch(home, "token", "revoke", old)
                again = wait_until(lambda seen=complaints: child.said().count("401") > seen, 60)  # type: ignore[misc]
                assert again, f"a revoked token is still good: {child.said()}"
            hutch(home, "token", "add", "writer")
            if number % 2 == 1:  # in the order that makes none
                hutch(home, "token", "revoke", old)
            wait_for_more(home, child)
        end(home, child, tmp_path / "data")
        accepted, offered = child.told("accepted "), child.told("offered ")
    stored = once([row for row in home.rows() if ("node", "pi") in row[1]])
    lost, foreign = rows_of(accepted) - stored, stored - rows_of(offered)
    assert not lost, f"{len(lost)} of {len(accepted)} accepted points are lost"
    assert not foreign


def test_a_wiped_server_is_set_up_again_and_what_waited_arrives(home: Home, tmp_path: Path) -> None:
    with collecting(home, tmp_path / "data", "zero", environment=NO_TOKEN) as child:
        wait_for_more(home, child)
        home.server.stop()
        before = len(child.told("accepted "))
        for left in home.server.folder.iterdir():
            if left != home.server.log:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        child.wait_until_printed(before + 200, "accepted ")
        home.server.start()
        child.wait_until_printed(before + 400, "accepted ")
        said = hutch(home, "apply")
        assert f"InfluxDB at {home.config.url}: set up, with organisation home" in said
        wait_for_more(home, child)
        end(home, child, tmp_path / "data")
        accepted = child.told("accepted ")[before:]
    lost = rows_of(accepted) - once(home.rows())
    assert not lost, f"{len(lost)} of {len(accepted)} points that waited are lost"
