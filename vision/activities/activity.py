"""Sums up a track, and decides by the first rule that says yes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from influx.schema import STILL_EVENT_TYPES
from vision.activities.company import Company
from vision.activities.going import Going
from vision.activities.leaping import Leaping
from vision.activities.moments import Moments
from vision.activities.pacing import Pacing
from vision.activities.places import Places
from vision.activities.resting import Resting
from vision.activities.verdict import (
    ABNORMAL,
    EATING_DRINKING,
    ENTERING,
    GROOMING,
    INTERACTING,
    JUMPING,
    LEAVING,
    MOTION,
    PASSING,
    PLAYING,
    SITTING,
    SLEEPING,
    Judgement,
    Verdict,
)
from vision.track import tallness
from vision.tracker import Step
from vision.zones import Zone

_TALLEST_PET = 2.0  # height by width; no pet stands like that for long


class Activity:
    """Sums up a track step by step, in constant memory however long it lasts."""

    def __init__(self, zones: Sequence[Zone] = ()) -> None:
        self._moments = Moments()
        self.going = Going()
        self.resting = Resting()
        self.places = Places(zones)
        self.company = Company()
        self.leaping = Leaping()
        self.pacing = Pacing()
        self._families = (
            self.going,
            self.resting,
            self.places,
            self.company,
            self.leaping,
            self.pacing,
        )
        self._steps = 0
        self._rests = False
        self._moving = self._tall = 0.0

    @property
    def rests(self) -> bool:
        """Whether it goes nowhere at present, and is not busy with itself."""
        return self._rests

    def step(self, step: Step) -> None:
        """Count one more step; times must not go back."""
        self._steps += 1
        self._moving += step.moving
        self._tall += tallness(step.box)
        moment = self._moments.next(step)
        self._rests = moment.still and not moment.busy
        for family in self._families:
            family.take(moment)

    def judge(self, *, person: bool = False, settled: bool = False) -> Judgement:
        """What the steps so far amount to, of a ``person`` where that is known.

        One that ``settled`` to rest sleeps or sits, however it turns over.
        """
        pet = not person and max(self.resting.tall, self._tall / max(self._steps, 1)) <= _TALLEST_PET
        event_type, verdict = self._decide(pet=pet, settled=settled)
        return Judgement(
            event_type,
            round(verdict.confidence, 2),
            {
                "looks": self._steps,
                **self.resting.numbers(),
                **self.going.numbers(),
                "moving": round(self._moving / max(self._steps, 1), 3),
                **verdict.numbers,
            },
        )

    def _decide(self, *, pet: bool, settled: bool) -> tuple[str, Verdict]:
        for rule in ORDER:
            asked = (pet or rule.of_people) and (not settled or rule.event_type in STILL_EVENT_TYPES)
            verdict = rule.says(self) if asked else None
            if verdict is not None:
                return rule.event_type, verdict
        return MOTION, Verdict(1.0)


@dataclass(frozen=True, slots=True)
class Rule:
    """One event type, and what says whether a track was one."""

    event_type: str
    says: Callable[[Activity], Verdict | None]
    of_people: bool = False
    """Whether a person may do that too: they only come and go."""


ORDER: tuple[Rule, ...] = (
    Rule(ABNORMAL, lambda track: track.pacing.abnormal()),
    Rule(INTERACTING, lambda track: track.company.interacting()),
    Rule(PLAYING, lambda track: track.going.playing()),
    Rule(EATING_DRINKING, lambda track: track.places.eating_drinking()),
    Rule(GROOMING, lambda track: track.resting.grooming()),
    Rule(SLEEPING, lambda track: track.resting.sleeping()),
    Rule(JUMPING, lambda track: track.leaping.jumping()),
    Rule(SITTING, lambda track: track.resting.sitting()),
    Rule(ENTERING, lambda track: track.places.entering()),
    Rule(LEAVING, lambda track: track.places.leaving()),
    Rule(PASSING, lambda track: track.going.passing(), of_people=True),
)
"""The rules in the order in which they are asked: the first that says yes decides."""
