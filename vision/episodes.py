"""Tracks to events: when one opens, goes on and closes. Pure; time comes from the steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from influx.schema import STILL_EVENT_TYPES
from vision.activities import Activity, Judgement
from vision.events import CONTINUES, Event
from vision.identity.whose import whose
from vision.seen import evidence_of, is_left_out, is_person
from vision.tracker import Step, Track
from vision.zones import Zone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TELLING = 1.0  # seconds of an open event between two changes that only say it goes on

SETTLES, WAKES = 180.0, 6.0
"""Seconds of rest after which what was done before is an event of its own, and of being up after a rest: who
turns over in its sleep sleeps on."""
LONGEST_REST = 3600.0
"""Seconds that an event of rest may last: a night is a few events, and within the hour it is known where a
pet is. There is no clip that could grow too long."""
_WORTH = 5.0  # seconds; what was done before a rest for less is part of it
_RELAPSE = 5.0  # seconds of the old nature that undo a turn


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


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An event that had opened is of somebody of whom nothing is kept: it ends here, and never was."""

    event: Event


Change = Opened | Extended | Closed | LeftOut


def moment(at: float) -> datetime:
    """Seconds since 1970 as a UTC time of whole milliseconds."""
    return _EPOCH + timedelta(milliseconds=round(at * 1000))


@dataclass
class _Turn:
    """Since when a track does something of another nature, and what it had done until then."""

    since: float
    until_then: Judgement
    activity: Activity
    """What it has done since."""
    spent: float = 0.0
    """Seconds of the other nature."""
    back: float = 0.0
    """Seconds that it has been of the old nature again."""


@dataclass
class _Episode:
    """One open event: whose it is, and what it has come to so far."""

    track: Track
    start: float
    end: float
    told: float
    activity: Activity
    rests: bool = False
    """Whether it is of a pet that settled to rest."""
    continues: str = ""
    """The id of the event before it of the same stay."""
    chapter: int = 1
    turn: _Turn | None = None

    def go_on(self, step: Step) -> None:
        self.activity.step(step)
        self.end = step.at


class Episodes:
    """The open events of one camera, at most one a track.

    An event ends where its track was seen last. One that would grow longer than ``longest`` (seconds; an
    hour at least where a pet rests) closes before that, and the same track opens the next at the moment the
    first one closed. So does one whose nature has changed for good: a pet that came to rest for ``SETTLES``,
    or that rested and has been up for ``WAKES``. The first then closes where the change began, and the
    evidence of the next names it. An event whose evidence says ``settled`` is of a still type until it
    closes. What a pet does at bowls and doors is told by ``zones``; ``pet`` is the only one that the camera
    ever sees, where it is so.
    From the look on at which a track turns out to be left out, nothing of it is told any more, unless a pet
    is seen in it.
    """

    def __init__(
        self, camera: str, location: str, *, longest: float, zones: Sequence[Zone] = (), pet: str = ""
    ) -> None:
        self._camera = camera
        self._location = location
        self._longest = longest
        self._zones = tuple(zones)
        self._pet = pet
        self._open: dict[int, _Episode] = {}

    def follow(self, tracks: Iterable[Track]) -> list[Change]:
        """The changes that the living tracks of one look make; a track that is missing is over."""
        living = {track.id: track for track in tracks}
        changes: list[Change] = [
            Closed(self._event(self._open.pop(key))) for key in list(self._open) if key not in living
        ]
        for key, track in living.items():
            if is_left_out(track):
                changes += self._leave_out(key)
                continue
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

    def _leave_out(self, key: int) -> list[Change]:
        episode = self._open.pop(key, None)
        return [] if episode is None else [LeftOut(self._event(episode))]

    def _begin(self, track: Track, steps: Iterable[Step]) -> Change:
        first, *rest = steps
        episode = _Episode(track, first.at, first.at, first.at, Activity(self._zones))
        for step in (first, *rest):
            episode.go_on(step)
        return self._opened(episode)

    def _opened(self, episode: _Episode) -> Change:
        self._open[episode.track.id] = episode
        episode.told = episode.end
        return Opened(self._event(episode))

    def _go_on(self, episode: _Episode, step: Step) -> list[Change]:
        longest = max(self._longest, LONGEST_REST) if episode.rests else self._longest
        if step.at - episode.start > longest:
            return self._next_chapter(episode, step)
        spent = step.at - episode.end
        episode.go_on(step)
        if self._has_turned(episode, step, spent) and (changes := self._turned(episode)):
            return changes
        if step.at - episode.told < _TELLING:
            return []
        episode.told = step.at
        return [Extended(self._event(episode))]

    def _next_chapter(self, episode: _Episode, step: Step) -> list[Change]:
        closed = self._event(episode)
        following = _Episode(
            episode.track,
            episode.end,
            episode.end,
            episode.end,
            # Who sleeps on is asleep at once: of rest the numbers go on.
            episode.activity if episode.rests else Activity(self._zones),
            rests=episode.rests,
            continues=closed.id,
            chapter=episode.chapter + 1,
            turn=episode.turn if episode.rests else None,
        )
        if not episode.rests:
            following.go_on(replace(step, at=episode.end))
        following.go_on(step)
        return [Closed(closed), self._opened(following)]

    def _has_turned(self, episode: _Episode, step: Step, spent: float) -> bool:
        """Whether the nature of what the track does has changed for good."""
        turn, other = episode.turn, episode.activity.rests != episode.rests
        if turn is None:
            if other:
                so_far = self._judged(episode)
                turn = episode.turn = _Turn(step.at, so_far, Activity(self._zones))
                turn.activity.step(step)
            return False
        turn.activity.step(step)
        turn.spent += spent * other
        turn.back = 0.0 if other else turn.back + spent
        if turn.back > _RELAPSE:
            episode.turn = None
        return turn.spent >= (WAKES if episode.rests else SETTLES)

    def _turned(self, episode: _Episode) -> list[Change]:
        """Close ``episode`` where its turn began, and open what it has been since.

        Nothing where there was next to nothing before the turn, or where who rests is no pet.
        """
        turn, episode.turn = episode.turn, None
        assert turn is not None
        following = _Episode(
            episode.track, turn.since, episode.end, episode.end, turn.activity, rests=not episode.rests
        )
        if following.rests and self._judged(following).event_type not in STILL_EVENT_TYPES:
            return []
        if turn.since - episode.start < _WORTH:
            episode.rests = following.rests
            return []
        closed = self._event(episode, until=turn)
        following.continues = closed.id
        return [Closed(closed), self._opened(following)]

    def _judged(self, episode: _Episode) -> Judgement:
        person = is_person(episode.track)
        return episode.activity.judge(person=person, settled=episode.rests)

    def _event(self, episode: _Episode, until: _Turn | None = None) -> Event:
        judgement = until.until_then if until else self._judged(episode)
        who = whose(episode.track, self._pet)
        evidence = {**judgement.evidence, **evidence_of(episode.track.votes), **who.evidence}
        if episode.track.person and not episode.track.left_out:
            evidence["person"] = episode.track.person
        if episode.rests:
            evidence["settled"] = True
        if episode.continues:
            evidence |= {CONTINUES: episode.continues, "chapter": episode.chapter}
        return Event(
            camera=self._camera,
            location=self._location,
            track=episode.track.id,
            event_type=judgement.event_type,
            start=moment(episode.start),
            end=moment(until.since if until else episode.end),
            pet=who.pet,
            confidence=judgement.confidence,
            evidence=evidence,
        )
