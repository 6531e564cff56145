"""What rules say: the types of events, a rule's verdict, and the judgement of them all."""

from dataclasses import dataclass, field

PASSING, PLAYING, SLEEPING, SITTING = "passing", "playing", "sleeping", "sitting"
EATING_DRINKING, GROOMING, JUMPING = "eating_drinking", "grooming", "jumping"
INTERACTING, ENTERING, LEAVING = "interacting", "entering", "leaving"
ABNORMAL, MOTION = "abnormal", "motion"

Evidence = dict[str, float | int | str | bool]
"""The numbers that decided, by name."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's yes. ``ratio`` says how far inside it the track is: 1 at its edge."""

    ratio: float
    numbers: Evidence = field(default_factory=dict)

    @property
    def confidence(self) -> float:
        """0.5 at the rule's edge, nearing 1 well inside it."""
        return 1 - 0.5 / max(self.ratio, 1.0)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a track did, how sure that is (0-1), and why."""

    event_type: str
    confidence: float
    evidence: Evidence


def reached(*pairs: tuple[float, float]) -> float:
    """How far inside a rule that needs each first number to reach its second; below 1 is outside."""
    return min(number / limit for number, limit in pairs)
