"""``hutch spool`` as a user runs it, while something else has the spool open."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.config import SpoolSection
from collector.spool import Spool, open_spool
from tests.collector.lines import climate, drain_of
from tests.hutch.test_commands import hutch, one_sentence


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    """A spool in which ten lines wait, beside three that were refused."""
    (tmp_path / "hutch.toml").write_text("node = 'pi'\n")
    made = open_spool(tmp_path / "data", SpoolSection())
    made.add_lines("environment", climate(3))
    with drain_of(made) as drain:
        drain.reject(drain.batch(), [(line, "older than the bucket keeps") for line in climate(3)])
    made.add_lines("environment", climate(10, first=3))
    yield made
    made.close()


def test_status_shows_what_waits_while_hutch_runs(spool: Spool, tmp_path: Path) -> None:
    ended = hutch("spool", "status", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "10  points wait for the database" in ended.stdout
    assert "of 256 MiB used" in ended.stdout
    told = json.loads(hutch("spool", "status", "--json", cwd=tmp_path).stdout)
    assert (told["depth"], told["rejected"], told["dead"], told["undated"]) == (10, 3, 3, 0)
    assert told["max_size"] == 256 * 2**20
    unsure = "(not for their age now: no time server keeps the clock)" in ended.stdout
    assert unsure is not told["ages"], "it does not say that nothing goes for its age"


def test_dead_shows_the_refused_lines_and_why(spool: Spool, tmp_path: Path) -> None:
    assert "older than" in hutch("spool", "dead", cwd=tmp_path).stdout
    rows = [json.loads(row) for row in hutch("spool", "dead", "--json", cwd=tmp_path).stdout.splitlines()]
    assert [row["line"] for row in rows] == climate(3)[::-1]
    assert {row["reason"] for row in rows} == {"older than the bucket keeps"}


def test_dead_cuts_nothing_and_says_nothing_to_the_terminal(spool: Spool, tmp_path: Path) -> None:
    reason, line = "because " * 60 + "[red]of it", "environment,node=pi " + "x" * 400 + "\x1b[2J"
    spool.add_lines("environment", [line])
    with drain_of(spool) as drain:
        entries = drain.batch()
        drain.reject(entries, [(line, reason)])
    first, second, third, fourth = hutch("spool", "dead", "--limit", 2, cwd=tmp_path).stdout.splitlines()[:4]
    assert re.fullmatch(r"4  \d{4}-\S+  environment", first)
    assert (second, third) == (f"  {reason}", f"  environment,node=pi {'x' * 400}\\x1b[2J")
    assert fourth == ""
    told = json.loads(hutch("spool", "dead", "--json", cwd=tmp_path).stdout.splitlines()[0])
    assert told.keys() == {"id", "measurement", "line", "reason", "at"}
    assert (told["id"], told["line"], told["reason"]) == (4, line, reason)


@pytest.mark.parametrize("which", [["99"], ["--measurement", "nosuch"], ["--reason", "nosuch"]])
@pytest.mark.parametrize("what", ["retry", "drop"])
def test_nothing_found_is_said_and_is_no_success(
    spool: Spool, tmp_path: Path, what: str, which: list[str]
) -> None:
    ended = hutch("spool", what, *which, cwd=tmp_path)
    assert ended.returncode == 2
    assert "there is no such dead letter" in one_sentence(ended)
    assert spool.status().dead == 3


def test_retry_and_drop_take_what_they_are_told(spool: Spool, tmp_path: Path) -> None:
    assert "1 line waits" in hutch("spool", "retry", "2", cwd=tmp_path).stdout
    assert "2 lines are deleted" in hutch("spool", "drop", "--reason", "bucket", cwd=tmp_path).stdout
    status = spool.status()
    assert (status.depth, status.dead, status.rejected) == (11, 0, 2)
    assert "There are no dead letters" in hutch("spool", "dead", cwd=tmp_path).stdout


def test_nothing_is_taken_unless_told_which(spool: Spool, tmp_path: Path) -> None:
    for arguments in (["drop"], ["retry", "--all", "3"]):
        assert "say which" in one_sentence(hutch("spool", *arguments, cwd=tmp_path))
    assert spool.status().dead == 3


def test_looking_makes_no_spool(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").write_text("")
    assert "does not exist" in one_sentence(hutch("spool", "status", cwd=tmp_path))
    assert not (tmp_path / "data").exists()
