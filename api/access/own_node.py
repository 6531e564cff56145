"""What a device may write: points of its own node, and none that only people write."""

from api.access.caller import Caller
from influx.points import Point
from influx.schema import ALERT_SETTING, JOURNAL

_OF_PEOPLE = frozenset({JOURNAL.name, ALERT_SETTING.name})


def why_not(who: Caller, point: Point) -> str:
    """Why ``who`` may not write ``point``, in words; empty where they may."""
    if who.node is None:
        return ""
    if point.measurement in _OF_PEOPLE:
        return f"{point.measurement} is written by people, and {who.name} is a device"
    node = point.tags.get("node", who.node)
    return "" if node == who.node else foreign(who, node)


def foreign(who: Caller, node: str) -> str:
    """That ``who`` may not write for ``node``."""
    return f"{who.name} may write for node {who.node!r} only, not for {node!r:.80}"
