"""Who talks to whom: as docs/compose.md says it, and as containers find it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.deploy.composed import ROOT
from tests.deploy.engine.stack import Stack

CALLED = {
    "API": "api",
    "Caddy": "caddy",
    "Grafana": "grafana",
    "InfluxDB": "influxdb",
    "Mailpit": "mailpit",
    "cameras": "vision",
    "collector": "collector",
    "setup": "setup",
    "the S3 store": "minio",
}
"""What the table calls services."""
Way = tuple[str, str, str]
"""Who reaches whom, in which network."""
LISTENING = """
import json, socket, struct
def ports(table, words):
    for line in open(f"/proc/net/{table}").read().splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        address, _, port = local.rpartition(":")
        if state == "0A":
            raw = b"".join(struct.pack("=I", int(address[at:at + 8], 16)) for at in range(0, 8 * words, 8))
            yield socket.inet_ntop(socket.AF_INET if words == 1 else socket.AF_INET6, raw), int(port, 16)
found = [*ports("tcp", 1), *ports("tcp6", 4)]
print(json.dumps(sorted({port for address, port in found if not address.startswith(("127.", "::1"))})))
"""
REACHED = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def reached(target):
    try:
        socket.create_connection(target[1:], 1).close()
    except OSError:
        return False
    return True
targets = json.loads(sys.argv[1])
with ThreadPoolExecutor(64) as pool:
    print(json.dumps([target for target, so in zip(targets, pool.map(reached, targets)) if so]))
"""


@dataclass(frozen=True)
class Network:
    """A row of the table."""

    name: str
    members: frozenset[str]
    each_other: bool
    """Whether those within it can talk; in the others all have is a way out."""


def _section() -> str:
    text = (ROOT / "docs" / "compose.md").read_text()
    return text.split("## Who talks to whom", 1)[1].split("\n## ", 1)[0]


def ways_out() -> set[str]:
    """The networks that are said to have a way out."""
    [names] = re.findall(r"All but (.+?) have no way out", _section(), re.DOTALL)
    return set(re.findall("`(.+?)`", names))


def told() -> list[Network]:
    """The networks of the table; raises ``KeyError`` for somebody who is no service."""
    rows = re.findall(r"^\| (`.+) \| (.+) \| (.+) \|$", _section(), re.MULTILINE)
    return [network for row in rows for network in _networks(*row)]


def _networks(names: str, who: str, to: str) -> Iterator[Network]:
    asked = {CALLED[to]} if to in CALLED else set()
    for name, members in zip(re.findall("`(.+?)`", names), who.split(";"), strict=True):
        within = {CALLED[each] for each in re.split(r"[,()]\s*", members.strip().replace(" (", ", ")) if each}
        yield Network(name, frozenset(within | asked), "not each other" not in to)


def meetings(networks: list[Network], listening: set[str]) -> set[Way]:
    """Every way that the table allows to one of ``listening``."""
    return {
        (one, other, network.name)
        for network in networks
        if network.each_other
        for one in network.members
        for other in network.members & listening
        if one != other
    }


def networks_of(container: dict[str, Any]) -> dict[str, str]:
    """The addresses of a container, by what docker-compose.yml calls the network."""
    known = container["NetworkSettings"]["Networks"].items()
    return {name.removeprefix("hutch_"): network["IPAddress"] for name, network in known}


def targets(stack: Stack) -> list[tuple[str, str, int, str]]:
    """Each service, with each address and port that it listens on, and the address's network."""
    return [
        (name, address, port, network)
        for name, container in stack.containers().items()
        if container["State"]["Running"]
        for port in stack.within(name, LISTENING)
        for network, address in networks_of(container).items()
    ]
