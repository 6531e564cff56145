"""What a track did: from its steps to an event type, with the numbers that decided.

The rules are asked in the order of ``activity.ORDER``, and the first that says yes decides. Each is described
in the module of its family: ``pacing``, ``places``, ``company``, ``going``, ``resting`` and ``leaping``; what
they look at is made in ``moments``. What none of them knows is ``motion``.
"""

from vision.activities.activity import ORDER, Activity, Rule
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
    Evidence,
    Judgement,
    Verdict,
)

__all__ = [
    "ABNORMAL",
    "EATING_DRINKING",
    "ENTERING",
    "GROOMING",
    "INTERACTING",
    "JUMPING",
    "LEAVING",
    "MOTION",
    "ORDER",
    "PASSING",
    "PLAYING",
    "SITTING",
    "SLEEPING",
    "Activity",
    "Evidence",
    "Judgement",
    "Rule",
    "Verdict",
]
