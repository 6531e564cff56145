"""What a device may write: what its own node and its own cameras say, and nothing that only people say."""

from collections.abc import Callable, Collection

from api.access.caller import Caller
from influx.points import Point
from influx.registry import Kind
from influx.schema import ALERT_SETTING, JOURNAL, PIN, REGISTRY

_OF_PEOPLE = frozenset({JOURNAL.name, ALERT_SETTING.name, PIN.name})


def why_not(who: Caller, point: Point, nodes_of: Callable[[str], Collection[str]]) -> str:
    """Why ``who`` may not write ``point``, in words; empty where they may.

    ``nodes_of`` tells the nodes that have the camera of a name: what a pet did tells its camera, and no node.
    """
    if who.node is None:
        return ""
    if point.measurement in _OF_PEOPLE or _registers(point) == Kind.PET:
        what = "a pet" if point.measurement == REGISTRY.name else point.measurement
        return f"{what} is written by people, and {who.name} is a device"
    camera = point.tags["name"] if _registers(point) == Kind.CAMERA else point.tags.get("camera")
    if "node" not in point.tags and camera is None:
        return f"{point.measurement} is of no node, and {who.name} may write for node {who.node!r} only"
    if (node := point.tags.get("node", who.node)) != who.node:
        return foreign(who, node)
    owners = nodes_of(camera) if camera is not None else ()
    if owners and who.node not in owners:
        theirs = f"the camera {camera!r:.80} is one of {' and '.join(map(repr, sorted(owners)))}"
        return f"{who.name} may write for node {who.node!r} only, and {theirs}"
    return ""


def foreign(who: Caller, node: str) -> str:
    """That ``who`` may not write for ``node``."""
    return f"{who.name} may write for node {who.node!r} only, not for {node!r:.80}"


def _registers(point: Point) -> str:
    """The kind of thing that ``point`` says is expected; empty where it is about something else."""
    return point.tags["kind"] if point.measurement == REGISTRY.name else ""
