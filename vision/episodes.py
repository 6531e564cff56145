"""Tracks to events: when one opens, goes on and closes. Pure; time comes from the steps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from vision.activity import Activity
from vision.events import Event
from vision.tracker import Step, Track

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TELLING = 1.0  # seconds of an open event between two changes that only say it goes on


@dataclass(frozen=True, slots=True)
class Opened:
    """An event has begun; its start may lie back, its end and type will change."""

    event: Event


@dataclass(frozen=True, slots=True)
class Extended:
    """An open event goes on: a later end, and perhaps another type."""

    event: Event


@dataclass(frozen=True, slots=True)
class Closed:
    """An event is over. Each that opened closes exactly once, under the same id."""

    event: Event


Change = Opened | Extended | Closed


def moment(at: float) -> datetime:
    """Seconds since 1970 as a UTC time of whole milliseconds."""
    return _EPOCH + timedelta(milliseconds=round(at * 1000))


@dataclass
class _Episode:
    """One open event: whose it is, and what it has come to so far."""

    track: Track
    start: float
    end: float
    told: float
    activity: Activity = field(default_factory=Activity)

    def go_on(self, step: Step) -> None:
        self.activity.step(step)
        self.end = step.at


class Episodes:
    """The open events of one camera, at most one a track.

    An event ends where its track was seen last. One that would grow longer than ``longest`` (seconds)
    closes before that, and the same track opens the next at the moment the first one closed.
    """

    def __init__(self, camera: str, location: str, *, longest: float) -> None:
        self._camera = camera
        self._location = location
        self._longest = longest
        self._open: dict[int, _Episode] = {}

    def follow(self, tracks: Iterable[Track]) -> list[Change]:
        """The changes that the living tracks of one look make; a track that is missing is over."""
        living = {track.id: track for track in tracks}
        changes: list[Change] = [
            Closed(self._event(self._open.pop(key))) for key in list(self._open) if key not in living
        ]
        for key, track in living.items():
            episode = self._open.get(key)
            if episode is None:
                changes.append(self._begin(track, track.steps))
            elif track.last.at > episode.end:
                changes += self._go_on(episode, track.last)
        return changes

    def close(self) -> list[Change]:
        """Close what is open, where it was seen last."""
        changes: list[Change] = [Closed(self._event(episode)) for episode in self._open.values()]
        self._open.clear()
        return changes

    def _begin(self, track: Track, steps: Iterable[Step]) -> Change:
        first, *rest = steps
        episode = _Episode(track, first.at, first.at, first.at)
        for step in (first, *rest):
            episode.go_on(step)
        self._open[track.id] = episode
        episode.told = episode.end
        return Opened(self._event(episode))

    def _go_on(self, episode: _Episode, step: Step) -> list[Change]:
        if step.at - episode.start > self._longest:
            closed = Closed(self._event(episode))
            return [closed, self._begin(episode.track, (replace(step, at=episode.end), step))]
        episode.go_on(step)
        if step.at - episode.told < _TELLING:
            return []
        episode.told = step.at
        return [Extended(self._event(episode))]

    def _event(self, episode: _Episode) -> Event:
        seen = said(episode.track.votes)
        judgement = episode.activity.judge(person=seen.get("seen") == "person")
        return Event(
            camera=self._camera,
            location=self._location,
            track=episode.track.id,
            event_type=judgement.event_type,
            start=moment(episode.start),
            end=moment(episode.end),
            confidence=judgement.confidence,
            evidence={**judgement.evidence, **seen},
        )


def said(votes: Mapping[str, int]) -> dict[str, float | int | str | bool]:
    """What a detector's votes say, as evidence: the winner and its share; nothing where it never ran."""
    total = sum(votes.values())
    if not total:
        return {}
    winner = max(votes, key=lambda label: (votes[label], label))
    return {"seen": winner, "seen_share": round(votes[winner] / total, 2), "seen_votes": total}
