"""docker-compose.yml as Docker Compose understands it, without a Docker engine."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.servers import program

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "docker-compose.yml"
INIT = ("--full", "--owner", "ada", "--site", "hutch.example.org", "--node", "server")


def hutch(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command as a user runs it, with nobody at a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "hutch", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def compose(
    *arguments: str, folder: Path = ROOT, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Docker Compose in ``folder`` with this environment and no other."""
    return subprocess.run(
        [str(program("docker-compose")), *arguments],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder), **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def copied(folder: Path) -> Path:
    """A folder with what a clone of the repository has for Compose."""
    shutil.copy(FILE, folder)
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    return folder


def understood(folder: Path, *options: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What Compose makes of the files and the .env in ``folder``; fails with its words where it refuses."""
    done = compose(*options, "config", "--format", "json", folder=folder, environment=environment)
    assert done.returncode == 0, done.stderr
    config: dict[str, Any] = json.loads(done.stdout)
    return config
