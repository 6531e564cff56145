"""The annotations that are on Grafana's graphs: found, added, changed and taken away by its API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hutch.grafana.annotations import TAG, Annotation
from hutch.grafana.client import GrafanaAway, GrafanaRefused, asking
from hutch.grafana.config import GrafanaSection
from influx import points
from influx.windows import Window

if TYPE_CHECKING:
    from grafana_client import GrafanaApi

MOST = 1000
"""How many one answer holds; Grafana gives 100 where nobody asks for more, and knows no pages."""
_MS_NS = 1_000_000
_SHORT = timedelta(minutes=1)
"""What touches so short a time may all touch one moment of it."""
_GONE = 404


@dataclass(frozen=True, slots=True)
class Drawn:
    """One that is there, by the id that Grafana gave it."""

    id: int
    annotation: Annotation


class Graphs:
    """The annotations of the organisation that ``api`` is in, on no dashboard of their own.

    Whatever is asked raises ``GrafanaAway`` or ``GrafanaRefused``.
    """

    def __init__(self, config: GrafanaSection, api: "GrafanaApi", *, most: int = MOST) -> None:
        self._config = config
        self._most = most
        self._api = api

    def find(self, window: Window, *, tagged: bool = True) -> list[Drawn]:
        """Those that begin in ``window``, a whole number of ms, with the tag of clips.

        ``tagged`` False: with any tag or none. A Grafana that stumbles, or is killed, between an annotation
        and its tags leaves one that no dashboard finds.
        """
        first, last = _ms(window)
        found = {drawn.id: drawn for drawn in self._found(window, tagged, self._most)}
        return [found[key] for key in sorted(found) if first <= found[key].annotation.start <= last]

    def add(self, annotation: Annotation) -> None:
        """Put ``annotation`` there; Grafana puts it there once more each time that it is asked."""
        with asking(self._config):
            self._api.annotations.add_annotation(**_told(annotation))

    def change(self, drawn: Drawn, annotation: Annotation) -> None:
        """Make ``drawn`` what ``annotation`` says; nothing where it has gone meanwhile."""
        with _unless_gone(), asking(self._config):
            self._api.annotations.update_annotation(drawn.id, **_told(annotation))

    def remove(self, drawn: Drawn) -> None:
        """Take ``drawn`` away; nothing where it has gone already."""
        with _unless_gone(), asking(self._config):
            self._api.annotations.delete_annotations_by_id(drawn.id)

    def _found(self, window: Window, tagged: bool, most: int) -> Iterator[Drawn]:
        """All that touch ``window``; where ``most`` is too few for them in halves of it, or else by more."""
        first, last = _ms(window)
        with asking(self._config):
            told = self._api.annotations.get_annotation(
                time_from=max(1, first),
                time_to=max(1, last),
                ann_type="annotation",
                tags=[TAG] if tagged else None,
                limit=most,
            )
        if not isinstance(told, list):
            raise GrafanaAway(f"Grafana at {self._config.url} answers with no list: is it a Grafana?")
        if len(told) < most:
            yield from filter(None, map(_drawn, told))
        elif window.length > _SHORT:
            middle = points.to_datetime((first + (last + 1 - first) // 2) * _MS_NS)
            yield from self._found(Window(window.start, middle), tagged, most)
            yield from self._found(Window(middle, window.stop), tagged, most)
        else:
            yield from self._found(window, tagged, 4 * most)


def _told(annotation: Annotation) -> dict[str, Any]:
    return {
        "time_from": annotation.start,
        "time_to": annotation.stop,
        "tags": list(annotation.tags),
        "text": annotation.text,
    }


def _drawn(item: Any) -> Drawn | None:
    """What ``item`` of an answer is; None where it belongs to a dashboard, and so is none of ours."""
    try:
        if item.get("dashboardId") or item.get("panelId"):
            return None
        tags = tuple(str(tag) for tag in item.get("tags") or ())
        start = int(item["time"])
        stop = int(item.get("timeEnd") or start)
        return Drawn(int(item["id"]), Annotation(start, stop, tags, str(item.get("text", ""))))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


@contextmanager
def _unless_gone() -> Iterator[None]:
    try:
        yield
    except GrafanaRefused as refused:
        if refused.status != _GONE:
            raise


def _ms(window: Window) -> tuple[int, int]:
    """The first and the last ms of ``window``, since 1970."""
    return points.to_ns(window.start) // _MS_NS, points.to_ns(window.stop) // _MS_NS - 1
