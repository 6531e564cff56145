"""What an alert rule is made of: how points become a value, what is said of it, and when it is over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from influx.alert_rules import AlertRule, Side, SubjectKind
from influx.words import Measurement


class Reduce(StrEnum):
    """How the points of ``back`` become one value a subject."""

    LAST = "last"
    """The newest value of each series, put together; of a sensor with a long interval, while it lives."""
    OLDEST = "oldest"
    """The newest value, which is an age, and how old it is by now."""
    RANGE = "range"
    """Largest less smallest mean of five minutes of each series, put together."""
    SPREAD = "spread"
    """Largest less smallest of the newest values of a subject's series."""
    COUNT = "count"
    """How many points there are."""
    GROWTH = "growth"
    """How much counters rose."""
    AGE = "age"
    """How long ago the newest point ended; what never spoke is as old as its word that it is expected."""
    SILENCE = "silence"
    """The same of everything in the registry, by every measurement that is a sign of it."""
    DEVIATION = "deviation"
    """How far the last hour's sum is from what is usual at that hour, in its standard deviations."""
    ANSWER = "answer"
    """For how long the store has not answered, which only who asks it knows; 0 where it does."""


class Together(StrEnum):
    """What the values of several series of one subject become."""

    MEDIAN = "median"
    """Of three and more; of fewer the one that is worse by the thresholds, as nobody knows which is right."""
    LARGEST = "largest"


class Severity(StrEnum):
    """``critical`` is told at any hour, ``warning`` waits for the morning."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Margin:
    """How far back inside a value must be before an alarm is over: ``by`` in the rule's unit, and ``part`` of
    the threshold. Where a range has two ends it is never more than a quarter of it.
    """

    by: float = 0.0
    part: float = 0.0


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads: ``{who}``, ``{value}`` and ``{how}`` are filled in."""

    over: str
    high: str = ""
    low: str = ""

    def beyond(self, side: Side) -> str:
        """The sentence for a value beyond that threshold."""
        return self.low if side is Side.LOW else self.high


@dataclass(frozen=True, slots=True)
class Rule:
    """How one alert is asked. The tag that names the subject is the kind's own word; ``home`` has none.

    ``only`` and ``never`` are values of tags that count alone, or do not count. A value is divided by
    ``per``: so many of the field's unit are one of the rule's. It fires when it has been beyond the threshold
    for ``lasts``, and is over when it is inside by ``margin``.
    """

    alert: AlertRule
    measurement: Measurement
    fields: tuple[str, ...]
    kinds: tuple[SubjectKind, ...]
    reduce: Reduce
    back: timedelta
    severity: Severity
    words: Words
    together: Together = Together.LARGEST
    only: Mapping[str, str] = field(default_factory=dict)
    never: Mapping[str, frozenset[str]] = field(default_factory=dict)
    per: float = 1.0
    lasts: timedelta = timedelta(0)
    margin: Margin = Margin()
