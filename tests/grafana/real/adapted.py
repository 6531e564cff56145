"""The provisioning of a home as the Grafana at hand can read it.

What ships is for the Grafana that docker-compose.yml names. Older ones lack some of it: each adaptation of a
copy says since when it is not needed, and why it was.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grafana.build import write
from grafana.home import Home
from tests.grafana.real.older_alerting import older_alerting

Version = tuple[int, int]
_MOUNTED = "/etc/grafana/provisioning"
"""Where docker-compose.yml mounts the folder; here it lies elsewhere, whatever the version."""


@dataclass(frozen=True)
class Adaptation:
    """What Grafana below ``until`` wants otherwise, and ``why``; ``do`` does it to a folder."""

    until: Version
    why: str
    do: Callable[[Path], None]


def provisioned(home: Home, folder: Path, version: Version) -> Path:
    """Write the provisioning of ``home`` into ``folder``, as Grafana ``version`` can read it there."""
    write(home, folder)
    provider = folder / "dashboards" / "hutch.yml"
    provider.write_text(provider.read_text().replace(_MOUNTED, str(folder)))
    for adaptation in ADAPTATIONS:
        if version < adaptation.until:
            adaptation.do(folder)
    return folder


def _notifiers(folder: Path) -> None:
    (folder / "notifiers").mkdir(exist_ok=True)


def _cells(folder: Path) -> None:
    for path in sorted((folder / "dashboards").glob("*.json")):
        board = json.loads(path.read_text())
        for each in _dictionaries(board):
            if each.get("id") == "custom.cellOptions":
                each |= {"id": "custom.displayMode", "value": each["value"]["type"]}
        path.write_text(json.dumps(board, ensure_ascii=False))


def _dictionaries(value: Any) -> Iterator[dict[str, Any]]:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict):
        yield value
    for each in inner:
        yield from _dictionaries(each)


ADAPTATIONS = (
    Adaptation(
        (12, 0),
        "it knows no way of telling in a rule, no KeepLast, no keepFiringFor, and no time zones in texts",
        older_alerting,
    ),
    Adaptation(
        (11, 0), "it logs an error where there is no folder of the alerting it had before", _notifiers
    ),
    Adaptation((10, 0), "pictures and colours of a table's cells have another name", _cells),
)
