"""What should be on the graphs, by the store, compared with what is there; and the difference, made.

Nothing is remembered between two looks. An answer that was lost, a POST that landed late, a Grafana that was
emptied or a person who deleted something are all the same: a difference, found by the next look.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile

from hutch.grafana.annotations import Annotation, Site, one_each
from hutch.grafana.client import GrafanaAway, GrafanaError, GrafanaRefused
from hutch.grafana.graphs import Drawn, Graphs
from influx import corrections, points
from influx.schema import PET_EVENT
from influx.store import RowQuery, Store, every_row
from influx.windows import ALL_TIME, Window
from vision.events import CLIP_STORED

logger = logging.getLogger(__name__)

_MS_NS = 1_000_000
_STEP = 200
"""Events of one step through all of them."""
_OF_ITSELF = frozenset({400, 413, 422})
"""What Grafana answers where something is wrong with one annotation, and not with who asks."""
_MOST_FAILURES = 3
"""After so many that it failed at, the rest waits."""
_TRIES = 3
"""Where it fails at one so often, that one is what is wrong, and is left out."""
_QUERY = RowQuery(PET_EVENT.name, ALL_TIME, fields={"clip_state": CLIP_STORED}, limit=1000)

Made = Counter[str]
"""How many annotations were ``added``, ``changed`` and ``removed``."""


@dataclass(slots=True)
class Difference:
    """What has to be done until what is there is what should be there."""

    add: dict[str, Annotation] = field(default_factory=dict)
    change: list[tuple[Drawn, Annotation]] = field(default_factory=list)
    remove: list[Drawn] = field(default_factory=list)


def difference(
    site: Site, wanted: Mapping[str, Annotation], there: Iterable[Drawn], *, anew: bool = False
) -> Difference:
    """The difference between ``wanted``, by event ids, and ``there``; what is not ours is left as it is.

    Of several for one event the one stays that is right, or else the oldest; ``anew``: none. What is of no
    event that we know is removed only where its link leads here: another home may share the Grafana.
    """
    found = Difference(add=dict(wanted))
    ours: dict[str, list[Drawn]] = {}
    for drawn in there:
        event = site.event_of(drawn.annotation.text)
        if event is None:
            continue
        event_id, leads_here = event
        if event_id in wanted:
            ours.setdefault(event_id, []).append(drawn)
        elif leads_here:
            found.remove.append(drawn)
    if anew:
        found.remove += [drawn for several in ours.values() for drawn in several]
        return found
    for event_id, several in ours.items():
        annotation = found.add.pop(event_id)
        stays = min(several, key=lambda drawn: (drawn.annotation != annotation, drawn.id))
        if stays.annotation != annotation:
            found.change.append((stays, annotation))
        found.remove += [drawn for drawn in several if drawn is not stays]
    return found


class Reconciler:
    """Brings ``graphs`` in line with ``store``, for the home that ``site`` is of; one thread at a time.

    ``turn`` keeps everybody else waiting meanwhile: two at once would add what is missing twice. After
    ``stop`` nothing more is asked or done, however slow Grafana is.
    """

    def __init__(
        self,
        store: Store,
        graphs: Graphs,
        site: Site,
        turn: Callable[[], AbstractContextManager[None]],
        stop: threading.Event | None = None,
    ) -> None:
        self._store = store
        self._graphs = graphs
        self._site = site
        self._turn = turn
        self._stop = stop or threading.Event()
        self._refused: set[str] = set()
        self._failed: Counter[str] = Counter()
        """How often Grafana failed at each, since it last did not."""

    def wanted(self, window: Window) -> dict[str, Annotation]:
        """What should be there of the events that began in ``window``, newest first.

        Raises as a ``Store``.
        """
        with_clip = tuple(every_row(self._store, replace(_QUERY, window=window)))
        found = corrections.without_overruled(self._store, with_clip)
        return {event_id: self._site.annotation(event) for event_id, event in one_each(found).items()}

    def difference(self, window: Window) -> Difference:
        """What differs of what begins in ``window``, which stays as it is; raises as ``reconcile``."""
        window = _whole_ms(window)
        there = self._graphs.find(window)
        return difference(self._site, self.wanted(window), there)

    def reconcile(self, window: Window, *, anew: bool = False, most: int | None = None) -> Made:
        """Let what begins in ``window`` be what should be there; ``anew`` removes ours first.

        No more than ``most`` things are done, where it is given. Raises as a ``Store``, ``GrafanaAway`` and
        ``GrafanaRefused``; what was not done is still a difference.
        """
        if self._stop.is_set():
            return Counter()
        window = _whole_ms(window)
        with self._turn():
            # First what is there: an event that comes meanwhile is then missing, and never superfluous.
            there = self._graphs.find(window)
            wanted = self.wanted(window)
            if missing := difference(self._site, wanted, there, anew=anew).add:
                there = self._with_lost(missing, there)
            return self._make(difference(self._site, wanted, there, anew=anew), most)

    def _with_lost(self, missing: Mapping[str, Annotation], there: Sequence[Drawn]) -> list[Drawn]:
        """``there``, and what Grafana kept of the ``missing`` without their tags when it last failed."""
        starts = [annotation.start for annotation in missing.values()]
        span = Window(_moment(min(starts)), _moment(max(starts) + 1))
        known = {drawn.id for drawn in there}
        lost = [drawn for drawn in self._graphs.find(span, tagged=False) if drawn.id not in known]
        # Its answer shows the tags all the same; without them it differs, and is written again.
        return [*there, *(replace(drawn, annotation=replace(drawn.annotation, tags=())) for drawn in lost)]

    def _make(self, found: Difference, most: int | None) -> Made:
        # First what never failed, so that the same few keep nothing back.
        work = sorted(self._work(found), key=lambda each: self._failed[each[1]])
        made: Made = Counter()
        failures: dict[str, GrafanaAway] = {}
        for deed, of, do in takewhile(lambda _: not self._stop.is_set(), work[:most]):
            try:
                do()
            except GrafanaRefused as refused:
                if refused.status not in _OF_ITSELF:
                    raise
                self._note(of, refused)
            except GrafanaAway as away:
                if not away.answered:
                    raise
                if self._failed[of] >= _TRIES:
                    continue
                failures[of] = away
                if len(failures) == _MOST_FAILURES:
                    break
            else:
                made[deed] += 1
                self._failed.pop(of, None)
        self._heed(failures)
        return made

    def _work(self, found: Difference) -> Iterator[tuple[str, str, Callable[[], None]]]:
        """What has to be done: how it is called, to which, and the doing."""
        for drawn in found.remove:
            yield "removed", f"number {drawn.id}", partial(self._graphs.remove, drawn)
        for drawn, annotation in found.change:
            yield "changed", f"number {drawn.id}", partial(self._graphs.change, drawn, annotation)
        for event_id, annotation in found.add.items():
            yield "added", event_id, partial(self._graphs.add, annotation)

    def _heed(self, failures: Mapping[str, GrafanaAway]) -> None:
        """Leave out what Grafana failed at too often by now; raise where something is to be tried again."""
        self._failed.update(failures.keys())
        for of, away in failures.items():
            if self._failed[of] >= _TRIES:
                self._note(of, away)
        for of, away in failures.items():
            if self._failed[of] < _TRIES or len(failures) == _MOST_FAILURES:
                raise away

    def _note(self, of: str, error: GrafanaError) -> None:
        """Say once that Grafana will not have one; it keeps no other back."""
        if of not in self._refused:
            logger.warning("the annotation of %s is left out: %s", of, error)
            self._refused.add(of)


def step_before(store: Store, stop: datetime) -> Window:
    """The window that ends at ``stop``, or the end of its ms, and holds about ``_STEP`` events with a clip.

    Where there are fewer it begins with all time, since annotations may be of what the store has forgotten.
    Raises as a ``Store``.
    """
    page = store.rows(replace(_QUERY, window=Window(ALL_TIME.start, stop), limit=_STEP))
    start = ALL_TIME.start if page.next is None else page.points[-1].time
    return _whole_ms(Window(start, stop))


def steps(store: Store, stop: datetime) -> Iterator[Window]:
    """All time until ``stop`` in such windows, newest first."""
    window = step_before(store, stop)
    yield window
    while window.start > ALL_TIME.start:
        window = step_before(store, window.start)
        yield window


def _whole_ms(window: Window) -> Window:
    """``window`` from the beginning of its first ms to the end of its last."""
    beyond = window.stop.microsecond % 1000
    stop = window.stop + timedelta(microseconds=(1000 - beyond) % 1000)
    return Window(window.start - timedelta(microseconds=window.start.microsecond % 1000), stop)


def _moment(ms: int) -> datetime:
    return points.to_datetime(ms * _MS_NS)
