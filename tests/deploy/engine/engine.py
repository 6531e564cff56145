"""A Docker engine of the tests' own: it touches neither a running one nor the network of this machine.

It has a mount and a process namespace, and the one that brings containers up a network namespace, too:
its bridges, addresses, published ports and rules of iptables are there alone, and all of it, containers
and all, is gone with its first process.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.daemon import Daemon, StartFailed
from tests.needs import lacking

PATH = f"{os.defpath}:/usr/sbin:/sbin"
NAMESPACES = ("--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
APART = "--net"
WORLD = "10.213.99.2"
"""What is beyond the engine's network: an address in a network namespace of its own, named ``world``."""
_PLACES = """
for place in /run/docker /run/containerd /run/netns /etc/docker; do
  mkdir -p "$place" && mount -t tmpfs none "$place" || exit
done
"""
_LINKS = f"""
ip link set lo up
ip netns add world
ip link add world type veth peer name door netns world
ip addr add 10.213.99.1/30 dev world
ip link set world up
ip -n world addr add {WORLD}/30 dev door
ip -n world link set door up
ip -n world route add default via 10.213.99.1
"""
_NEEDED = {
    "dockerd": "docker.io",
    "iptables": "iptables",
    "ip": "iproute2",
    "mmdebstrap": "mmdebstrap",
    "unshare": "util-linux",
}


def require_one() -> None:
    """End the test with the one reason why no engine can be started here."""
    if not sys.platform.startswith("linux"):
        pytest.skip("a Docker engine of one's own takes Linux")
    if os.geteuid() != 0:
        pytest.skip("a Docker engine of one's own takes root: `sudo make engine`")
    for name, package in _NEEDED.items():
        if shutil.which(name, path=PATH) is None:
            lacking(f"there is no `{name}`: install the package {package}")
    tried = subprocess.run(
        ["unshare", *NAMESPACES, APART, "mount", "-t", "tmpfs", "none", "/mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode:
        pytest.skip(f"this machine lets root make no namespaces: {tried.stderr.strip()}")


class Engine(Daemon):
    """dockerd over a folder; ``apart`` from the machine's network, or in it and then without bridges."""

    name = "dockerd"
    port_count = 0

    def __init__(self, folder: Path, *, apart: bool) -> None:
        super().__init__(folder)
        self._apart = apart
        self._group = f"hutch-{folder.name}"
        self.socket = folder / "docker.sock"
        (folder / "daemon.json").write_text("{}")

    def command(self) -> list[str]:
        """The daemon in its namespaces, with all its state in the folder."""
        ours = (*NAMESPACES, APART) if self._apart else NAMESPACES
        script = f'set -e {_PLACES} {_LINKS if self._apart else ""} exec "$@"'
        # Who only builds uses the network of this machine as it is, and changes nothing there.
        aloof = ("--bridge=none", "--iptables=false", "--ip-forward=false", "--ip-masq=false")
        return [
            *("unshare", *ours, "sh", "-c", script, "sh"),
            *("dockerd", "--host", f"unix://{self.socket}"),
            *("--config-file", str(self.folder / "daemon.json")),
            *("--data-root", str(self.folder / "data"), "--exec-root", str(self.folder / "exec")),
            *("--pidfile", str(self.folder / "pid"), "--cgroup-parent", f"/{self._group}"),
            *(() if self._apart else aloof),
        ]

    def environment(self) -> dict[str, str]:
        """Where root's programs are."""
        return {"PATH": PATH}

    def answers(self) -> bool:
        """Whether it takes commands."""
        # httpx would leave one open that is refused.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(self.socket))
            with self.api() as api:
                return api.get("/_ping").is_success
        return False

    def stop(self) -> None:
        """End the daemon, which ends what it runs; its namespaces end with it."""
        with contextlib.suppress(psutil.NoSuchProcess, RuntimeError):
            daemon = self._daemon()
            daemon.terminate()
            psutil.wait_procs([daemon], timeout=60)
        self.kill()

    def tidy(self) -> None:
        """Remove its control groups, which outlive processes."""
        groups = Path("/sys/fs/cgroup")  # of version 2, or with a folder for each controller
        for top in (*groups.glob(self._group), *groups.glob(f"*/{self._group}")):
            for folder in sorted((top, *top.glob("**/")), reverse=True):
                with contextlib.suppress(OSError):
                    folder.rmdir()

    @contextmanager
    def api(self) -> Iterator[httpx.Client]:
        """A client of its HTTP interface."""
        transport = httpx.HTTPTransport(uds=str(self.socket))
        with httpx.Client(transport=transport, base_url="http://docker/v1.41", timeout=120) as made:
            yield made

    def ask(self, path: str, **parameters: str) -> Any:
        """What it answers to a GET; raises ``httpx.HTTPStatusError`` where it refuses."""
        with self.api() as api:
            return api.get(path, params=parameters).raise_for_status().json()

    def listening(self) -> set[int]:
        """The TCP ports that somebody listens on in its network namespace."""
        found = set()
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{self._daemon().pid}/net/{table}").read_text().splitlines()[1:]:
                _, local, _, state, *_ = line.split()
                if state == "0A":
                    found.add(int(local.rpartition(":")[2], 16))
        return found

    def inside(self, *command: str) -> list[str]:
        """``command`` as somebody runs it who is where the daemon is."""
        return ["nsenter", f"--target={self._daemon().pid}", "--net", "--pid", "--mount", "--", *command]

    def _daemon(self) -> psutil.Process:
        [daemon] = psutil.Process(self.pid).children()
        return daemon


@contextmanager
def folder() -> Iterator[Path]:
    """For an engine's state: a short path, since sockets have one, and gone when the block ends."""
    made = Path(tempfile.mkdtemp(prefix="engine-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


@contextmanager
def engine(folder: Path, *, apart: bool) -> Iterator[Engine]:
    """An engine over ``folder``, gone when the block ends; skips the test where it does not start."""
    made = Engine(folder, apart=apart)
    try:
        try:
            made.start()
        except StartFailed as failed:
            # Whether a machine lets one start is not for a package to give, so that CI skips it, too.
            pytest.skip(f"no Docker engine can be started here: {str(failed).splitlines()[-1]}")
        yield made
    finally:
        made.stop()
