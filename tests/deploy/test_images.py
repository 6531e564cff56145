"""The images as far as they can be looked at without building them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
IMAGES = ("deploy/Dockerfile", "deploy/minio/Dockerfile")
PINS = ROOT / "scripts" / "servers" / "minio"


def instructions(image: str) -> list[str]:
    """The lines of a Dockerfile, comments left out and broken lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / image).read_text(), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line]


def copied(image: str) -> list[str]:
    """What comes from the repository."""
    lines = [line.split()[1:-1] for line in instructions(image) if re.match(r"COPY (?!--from)", line)]
    return [source for sources in lines for source in sources]


@pytest.mark.parametrize("image", IMAGES)
def test_what_is_copied_is_in_the_repository_and_not_ignored(image: str) -> None:
    ignored = (ROOT / f"{image}.dockerignore").read_text().splitlines()
    assert "*" in ignored, "nothing else of the folder goes into the image: no secret, no data"
    for source in copied(image):
        listed = subprocess.run(
            ["git", "ls-files", "--", source], cwd=ROOT, check=True, capture_output=True, text=True
        )
        assert listed.stdout, f"{source} is not in the repository"
        assert f"!{source}" in ignored, f"{source} is kept out by {image}.dockerignore"


@pytest.mark.parametrize("image", IMAGES)
def test_the_user_is_a_number_and_not_root_and_that_of_compose(image: str) -> None:
    (user,) = [line.split()[1] for line in instructions(image) if line.startswith("USER")]
    number, group = user.split(":")
    assert int(number) >= 10_000
    assert int(group) >= 10_000
    assert f'user: "{user}"' in (ROOT / "docker-compose.yml").read_text()


@pytest.mark.parametrize("image", IMAGES)
def test_the_images_below_are_pinned(image: str) -> None:
    for line in instructions(image):
        if line.startswith("FROM"):
            assert re.search(r":\d+\.\d+(-[a-z]+[\d.]*)*( AS build)?$", line), line


def test_our_packages_are_all_there(pytestconfig: pytest.Config) -> None:
    import tomllib

    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert {name.split(".")[0] for name in packages} <= set(copied("deploy/Dockerfile"))


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_locked_dependency_has_a_wheel_for_the_image(machine: str, tmp_path: Path) -> None:
    """As the image installs them: Python 3.13, wheels alone, each file by its hash."""
    (install,) = [line for line in instructions("deploy/Dockerfile") if "--require-hashes" in line]
    assert "--only-binary :all:" in install
    assert "python:3.13-slim" in instructions("deploy/Dockerfile")[0]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--quiet"),
            *("--python-platform", f"{machine}-manylinux_2_28", "--python-version", "3.13"),
            *("--only-binary", ":all:", "--require-hashes", "--target", str(tmp_path / "nothing")),
            *("-r", str(ROOT / "locks" / "run.txt")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_minio_is_built_from_the_pinned_module() -> None:
    (version,) = re.findall(
        r"require github.com/minio/minio (v0\.0\.0-\d{14}-[0-9a-f]{12})", (PINS / "go.mod").read_text()
    )
    sums = (PINS / "go.sum").read_text()
    assert f"github.com/minio/minio {version} h1:" in sums
    (build,) = [line for line in instructions("deploy/minio/Dockerfile") if "go build" in line]
    assert "-mod=readonly" in build
    assert "CGO_ENABLED=0" in build
    (toolchain,) = re.findall(r"^go (\d+)\.(\d+)", (PINS / "go.mod").read_text(), re.MULTILINE)
    (image,) = re.findall(r"golang:(\d+)\.(\d+)", instructions("deploy/minio/Dockerfile")[0])
    assert tuple(map(int, image)) >= tuple(map(int, toolchain))


def test_the_command_of_the_image_is_ours() -> None:
    (entry,) = [line for line in instructions("deploy/Dockerfile") if line.startswith("ENTRYPOINT")]
    assert json.loads(entry.removeprefix("ENTRYPOINT")) == ["hutch"]
