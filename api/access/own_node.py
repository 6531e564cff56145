"""What a device may write: points of its own node and its own cameras, and none that only people write."""

from collections.abc import Collection

from api.access.caller import Caller
from influx.points import Point
from influx.schema import ALERT_SETTING, JOURNAL

_OF_PEOPLE = frozenset({JOURNAL.name, ALERT_SETTING.name})


def why_not(who: Caller, point: Point, here: str, cameras: Collection[str]) -> str:
    """Why ``who`` may not write ``point``, in words; empty where they may.

    ``cameras`` are those of the node ``here``: what a pet did tells its camera, and no node.
    """
    if who.node is None:
        return ""
    if point.measurement in _OF_PEOPLE:
        return f"{point.measurement} is written by people, and {who.name} is a device"
    node = point.tags.get("node", who.node)
    if node == who.node and who.node != here and (camera := point.tags.get("camera")) in cameras:
        return (
            f"{who.name} may write for node {who.node!r} only, and the camera {camera!r} is one of {here!r}"
        )
    return "" if node == who.node else foreign(who, node)


def foreign(who: Caller, node: str) -> str:
    """That ``who`` may not write for ``node``."""
    return f"{who.name} may write for node {who.node!r} only, not for {node!r:.80}"
