"""Getting the servers: built once, healed after an interruption, and plain about what is missing.

A shell script stands in for Go, for a real build takes minutes.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "servers.py"
GO = """#!/bin/sh
case "$1" in
    env) echo "${GO_IS:-go1.26.8}" ;;
    build)
        echo built >>"$BUILDS"
        [ -z "$GO_FAILS" ] || { echo "$GO_FAILS"; exit 2; }
        while [ "$1" != -o ]; do shift; done
        mkdir -p "${2%/*}"
        echo program >"$2" ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that has nothing but a shell and that Go."""
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text(GO)
    go.chmod(0o755)
    return {
        "PATH": f"{go.parent}{os.pathsep}{os.defpath}",
        "HUTCH_SERVERS": str(tmp_path / "servers"),
        "BUILDS": str(tmp_path / "builds"),
    }


def get(machine: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], env=machine, capture_output=True, text=True, check=False
    )


def test_a_server_is_built_once(machine: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "servers" / "minio-20260212" / "minio"
    first, second = get(machine, "minio"), get(machine, "minio")
    assert (first.returncode, second.returncode) == (0, 0), first.stdout + second.stdout
    assert [line.split("s  ")[1] for line in first.stdout.splitlines()] == [
        "building, which takes about 3.5 min the first time",
        str(program),
    ]
    assert second.stdout.splitlines()[0].endswith(str(program))
    assert program.read_text() == "program\n"
    assert Path(machine["BUILDS"]).read_text() == "built\n"


def test_two_that_ask_at_once_build_once(machine: dict[str, str]) -> None:
    command = [sys.executable, str(SCRIPT), "minio"]
    both = [subprocess.Popen(command, env=machine, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert Path(machine["BUILDS"]).read_text() == "built\n"


def test_an_interrupted_build_is_cleared_away(machine: dict[str, str], tmp_path: Path) -> None:
    half = tmp_path / "servers" / "minio-20260212.building" / "minio-20260212"
    half.mkdir(parents=True)
    (half / "minio").write_text("half a program")
    assert get(machine, "minio").returncode == 0
    assert (tmp_path / "servers" / "minio-20260212" / "minio").read_text() == "program\n"
    assert not half.exists()


def test_a_build_that_fails_shows_why_and_leaves_nothing(machine: dict[str, str], tmp_path: Path) -> None:
    done = get(machine | {"GO_FAILS": "cannot find package"}, "minio", "--optional")
    assert done.returncode == 1
    assert "cannot find package" in done.stdout
    assert [path.name for path in (tmp_path / "servers").iterdir()] == ["minio-20260212.lock"]


@pytest.mark.parametrize(("arguments", "code"), [((), 1), (("--optional",), 0)])
def test_a_missing_tool_is_named(machine: dict[str, str], arguments: tuple[str, ...], code: int) -> None:
    done = get(machine | {"PATH": "/nowhere"}, "minio", *arguments)
    assert "there is no `go` on the PATH: install Go 1.21 or newer" in done.stdout
    assert done.returncode == code


def test_a_go_that_is_too_old_is_named(machine: dict[str, str]) -> None:
    done = get(machine | {"GO_IS": "go1.19.8"}, "minio")
    assert "the `go` on the PATH is go1.19.8: install Go 1.21 or newer" in done.stdout
    assert done.returncode == 1


def test_an_unknown_server_is_refused_with_those_there_are(machine: dict[str, str]) -> None:
    done = get(machine, "mysql")
    assert (
        "no server is called 'mysql'; there are docker-compose, influxd, minio, telegraf, weed" in done.stderr
    )
    assert done.returncode == 2
